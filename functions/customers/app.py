"""The app's customers: a list to look through, and one entered by hand."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from aws_lambda_powertools.logging.correlation_paths import API_GATEWAY_HTTP
from aws_lambda_powertools.utilities.typing import LambdaContext

from magento_sync.api.customers import CustomerQuery, Customers
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.http.paging import Cursor, Limit
from magento_sync.api.http.resolver import answer, api_resolver, caller
from magento_sync.api.models.customers import NO_NUL, CustomerConflict, CustomerEntry, CustomerPage, CustomerView
from magento_sync.api.models.examples import CUSTOMER, CUSTOMERS
from magento_sync.api.openapi.responses import MISSING_WEBSITE, answers, error, success
from magento_sync.aws.bootstrap import database
from magento_sync.deadline import Deadline
from magento_sync.observability import logger

PATH = "/api/customers"

app = api_resolver()


@app.get(
    PATH,
    summary="List customers",
    description="The newest first, of one website or of all that the caller may touch. Customers that are added meanwhile move none "
    "from page to page: they stand before the first one.",
    operation_id="listCustomers",
    tags=["Customers"],
    responses=answers(
        success(200, "Customers, the newest first.", CustomerPage, CUSTOMERS),
        error(404, "WEBSITE_NOT_FOUND"),
        fault=FieldError("limit", "OUT_OF_RANGE"),
    ),
)
def page(
    website_id: Annotated[
        str | None,
        Query(alias="websiteId", min_length=1, max_length=200, pattern=NO_NUL, description="Of one website alone."),
    ] = None,
    status: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=100,
            pattern=NO_NUL,
            description="One of the app's `EmailStatus`, such as `PENDING`.",
        ),
    ] = None,
    q: Annotated[
        str | None,
        Query(
            max_length=200, pattern=NO_NUL, description="A part of the name or the e-mail, in any case; empty for all."
        ),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[CustomerPage]:
    """Customers, the newest first."""
    wanted = CustomerQuery(website_id, status, q or None, limit, cursor)
    return answer(app, _customers().page(wanted))


@app.post(
    PATH,
    summary="Enter a customer",
    description="By hand, under the rules of an order: no customer twice, and none that is there is changed.",
    operation_id="enterCustomer",
    tags=["Customers"],
    responses=answers(
        success(201, "The new customer.", CustomerView, CUSTOMER),
        error(404, "WEBSITE_NOT_FOUND"),
        error(409, "CUSTOMER_EXISTS", model=CustomerConflict, beside={"CUSTOMER_EXISTS": {"customer": CUSTOMER}}),
        fault=MISSING_WEBSITE,
    ),
)
def add(entry: Annotated[CustomerEntry, Body()]) -> Response[CustomerView]:
    """One customer by hand, under the rules of an order."""
    return answer(app, _customers().add(entry), 201)


def _customers() -> Customers:
    return Customers(database(Deadline.of(app.lambda_context)), caller(app))


@logger.inject_lambda_context(correlation_id_path=API_GATEWAY_HTTP, clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers a request of the HTTP API."""
    return app.resolve(event, context)
