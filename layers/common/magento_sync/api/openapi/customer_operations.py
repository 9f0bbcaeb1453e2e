"""The operations of `functions/customers`."""

from magento_sync.api.http.errors import ApiError
from magento_sync.api.models.customers import CustomerConflict
from magento_sync.api.models.examples import CUSTOMER, CUSTOMERS
from magento_sync.api.openapi.operation import READ, WRITE, Operation, responses, success

LIST_CUSTOMERS = Operation(
    summary="List customers",
    description="Returns the customers of one website, or of all websites that the caller may access, newest first. "
    "Customers added while you read the pages do not change the following pages.",
    operation_id="listCustomers",
    tags=["Customers"],
    security=READ,
    responses=responses(
        {200: success("A page of customers, newest first.", CUSTOMERS)},
        ApiError(404, "WEBSITE_NOT_FOUND"),
    ),
)
ENTER_CUSTOMER = Operation(
    summary="Enter a customer",
    description="Adds a customer by hand, with the rules of an order: existing customers are neither repeated nor "
    "changed.",
    operation_id="enterCustomer",
    tags=["Customers"],
    security=WRITE,
    responses=responses(
        {201: success("The new customer.", CUSTOMER)},
        ApiError(404, "WEBSITE_NOT_FOUND"),
        ApiError(409, "CUSTOMER_EXISTS", {"customer": CUSTOMER}),
        conflict_model=CustomerConflict,
    ),
)
