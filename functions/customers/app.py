"""The app's customers: a list to look through, and one entered by hand."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.customer_models import NO_NUL, CustomerEntry, CustomerPage, CustomerShown
from magento_sync.api.customers import Customers, Wanted
from magento_sync.api.paging import Cursor, Limit
from magento_sync.api.resolver import answer, api_resolver, caller
from magento_sync.observability import logger
from magento_sync.wiring import database

PATH = "/api/customers"

app = api_resolver()


@app.get(PATH)
def page(
    website_id: Annotated[str | None, Query(alias="websiteId", min_length=1, max_length=200, pattern=NO_NUL)] = None,
    status: Annotated[str | None, Query(min_length=1, max_length=100, pattern=NO_NUL)] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, pattern=NO_NUL)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[CustomerPage]:
    """Customers, the newest first."""
    wanted = Wanted(website_id, status, q, limit, cursor)
    return answer(app, Customers(database(), caller(app)).page(wanted))


@app.post(PATH)
def add(entry: Annotated[CustomerEntry, Body()]) -> Response[CustomerShown]:
    """One customer by hand, under the rules of an order."""
    return answer(app, Customers(database(), caller(app)).add(entry), 201)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
