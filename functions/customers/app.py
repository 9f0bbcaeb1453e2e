"""The app's customers: lists them, and adds one entered by hand."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_HTTP
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.customers import CustomerQuery, Customers
from magento_sync.api.http.resolver import api_resolver, caller, respond
from magento_sync.api.models.customers import CustomerEntry, CustomerPage, CustomerView
from magento_sync.api.models.parameters import Cursor, Limit, SearchText, StatusFilter, WebsiteFilter
from magento_sync.api.openapi import customer_operations as operations
from magento_sync.aws.bootstrap import database
from magento_sync.deadline import Deadline
from magento_sync.observability import logger

PATH = "/api/customers"

app = api_resolver()


@app.get(PATH, **operations.LIST_CUSTOMERS)
def page(
    website_id: WebsiteFilter = None,
    status: StatusFilter = None,
    q: SearchText = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[CustomerPage]:
    """Returns a page of customers."""
    query = CustomerQuery(website_id, status, q or None, limit, cursor)
    return respond(app, _customers().page(query))


@app.post(PATH, **operations.ENTER_CUSTOMER)
def add(entry: Annotated[CustomerEntry, Body()]) -> Response[CustomerView]:
    """Adds a customer."""
    return respond(app, _customers().add(entry), 201)


@logger.inject_lambda_context(correlation_id_path=API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Returns the response to a request of the HTTP API."""
    return app.resolve(event, context)


def _customers() -> Customers:
    return Customers(database(Deadline.of(app.lambda_context)), caller(app))
