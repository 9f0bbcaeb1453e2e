"""The bodies of requests and responses about customers."""

from typing import Any

from pydantic import ConfigDict, Field

from magento_sync.api.models.base import RequestModel, ResponseModel
from magento_sync.api.models.errors import ErrorResponse
from magento_sync.api.models.field_types import WEBSITE_ID, DateTimeInput, Email, Id, Text, Timestamp

ENTRY: dict[str, Any] = {
    "websiteId": WEBSITE_ID,
    "email": "jan@example.com",
    "name": "Jan de Vries",
    "productName": "Mok",
    "purchaseDate": "2026-01-14T21:03:11Z",
}


class CustomerEntry(RequestModel):
    """A customer entered by hand."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY]})

    website_id: Id = Field(description="The website's id in the app's table `Website`.")
    email: Email = Field(description="Surrounding spaces are removed. Compared without regard to case.")
    name: Text | None = Field(default=None, description="Default: the part of the e-mail before the `@`.")
    product_name: Text | None = Field(default=None, description="The product that the customer bought.")
    purchase_date: DateTimeInput | None = Field(
        default=None, description="UTC unless it has a time zone. Stored in milliseconds."
    )


class CustomerView(ResponseModel):
    """A row of the app's table `Customer`."""

    id: str
    website_id: str
    name: str
    email: str
    product_name: str | None
    purchase_date: Timestamp | None
    status: str = Field(description="A value of the app's `EmailStatus`.")
    last_contact: Timestamp | None = Field(description="When the app last mailed this customer.")
    created_at: Timestamp


class CustomerPage(ResponseModel):
    """A page of customers, newest first."""

    customers: list[CustomerView]
    next_cursor: str | None = Field(description="The cursor of the next page; `null` on the last page.")


class CustomerConflict(ErrorResponse):
    """An error with the customer that already exists."""

    customer: CustomerView
