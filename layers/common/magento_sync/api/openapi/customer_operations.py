"""The operations of `functions/customers`."""

from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.customers import CustomerConflict, CustomerPage, CustomerView
from magento_sync.api.models.examples import CUSTOMER, CUSTOMERS
from magento_sync.api.openapi.operation import MISSING_WEBSITE, Operation, error, responses, success

LIST_CUSTOMERS = Operation(
    summary="List customers",
    description="Returns the customers of one website, or of all websites that the caller may access, newest first. "
    "Customers added while you read the pages do not change the following pages.",
    operation_id="listCustomers",
    tags=["Customers"],
    responses=responses(
        success(200, "A page of customers, newest first.", CustomerPage, CUSTOMERS),
        error(404, "WEBSITE_NOT_FOUND"),
        invalid=FieldError("limit", "OUT_OF_RANGE"),
    ),
)
ENTER_CUSTOMER = Operation(
    summary="Enter a customer",
    description="Adds a customer by hand, with the rules of an order: existing customers are neither repeated nor "
    "changed.",
    operation_id="enterCustomer",
    tags=["Customers"],
    responses=responses(
        success(201, "The new customer.", CustomerView, CUSTOMER),
        error(404, "WEBSITE_NOT_FOUND"),
        error(409, "CUSTOMER_EXISTS", model=CustomerConflict, related={"CUSTOMER_EXISTS": {"customer": CUSTOMER}}),
        invalid=MISSING_WEBSITE,
    ),
)
