"""The shapes of requests and answers about customers."""

from typing import Annotated

from pydantic import ConfigDict, Field

from magento_sync.api.models.examples import WEBSITE_ID
from magento_sync.api.models.syncs import ErrorAnswer, RequestModel, ResponseModel
from magento_sync.api.models.values import Id, Instant

LONGEST_EMAIL = 254  # RFC 5321: what fits into an envelope
LONGEST_TEXT = 500
LONGEST_INSTANT = 40
# As of an order: an @, and no white space within. Control characters are refused here, where somebody can mend them.
EMAIL = r"^ *[^\s\x00-\x20\x7f-\x9f\ufeff]*@[^\s\x00-\x20\x7f-\x9f\ufeff]* *$"
NO_NUL = r"^[^\x00]*$"

Moment = Annotated[str, Field(min_length=1, max_length=LONGEST_INSTANT, json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=NO_NUL)]


class CustomerEntry(RequestModel):
    """A customer entered by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "websiteId": WEBSITE_ID,
                    "email": "jan@example.com",
                    "name": "Jan de Vries",
                    "productName": "Mok",
                    "purchaseDate": "2026-01-14T21:03:11Z",
                }
            ]
        }
    )

    website_id: Id = Field(description="The website's id in the app's table `Website`.")
    email: Annotated[str, Field(min_length=1, max_length=LONGEST_EMAIL, pattern=EMAIL)] = Field(
        description="Spaces around it are dropped. It is compared without regard to case."
    )
    name: Text | None = Field(default=None, description="The part of the e-mail before the `@` where there is none.")
    product_name: Text | None = Field(default=None, description="What was bought.")
    purchase_date: Moment | None = Field(
        default=None, description="When. UTC where it names no zone; stored in whole milliseconds."
    )


class CustomerView(ResponseModel):
    """A row of the app's table `Customer`."""

    id: str
    website_id: str
    name: str
    email: str
    product_name: str | None
    purchase_date: Instant | None
    status: str = Field(description="One of the app's `EmailStatus`.")
    last_contact: Instant | None = Field(description="When the app last mailed this customer.")
    created_at: Instant


class CustomerPage(ResponseModel):
    """Some customers, the newest first."""

    customers: list[CustomerView]
    next_cursor: str | None = Field(description="Ask with it for those that follow; none where these are the last.")


class CustomerConflict(ErrorAnswer):
    """An error with the customer that is in the way."""

    customer: CustomerView
