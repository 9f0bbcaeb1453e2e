"""The bodies of requests and responses about syncs."""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from magento_sync.api.models.base import RequestModel, ResponseModel
from magento_sync.api.models.errors import ErrorResponse
from magento_sync.api.models.field_types import WEBSITE_ID, Id, Timestamp


class SyncRequest(RequestModel):
    """The website to sync."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"websiteId": WEBSITE_ID}]})

    website_id: Id = Field(description="The website's id in the app's table `Website`.")


class CountsView(ResponseModel):
    """The counts of a run so far."""

    orders_fetched: int = Field(description="Orders read from the shop.")
    imported_customers: int = Field(description="New rows in `Customer`.")
    duplicates: int = Field(description="Orders whose customer the website already has, with the same purchase date.")
    repeat_purchases: int = Field(
        description="Orders whose customer the website already has, with another purchase date."
    )
    without_email: int = Field(description="Orders without a valid e-mail address.")
    failed_orders: int = Field(description="Orders that could not be read or stored. Later runs retry them.")


class RunView(CountsView):
    """One sync of one website. Its counts grow while it runs."""

    id: str
    website_id: str
    trigger: Literal["manual", "schedule", "unknown"] = Field(
        description="What started it; `unknown` if this system did not."
    )
    status: Literal["QUEUED", "RUNNING", "COMPLETED", "FAILED", "ABANDONED", "STOPPED"]
    method: Literal["discovery", "probing"] | None = Field(
        description="How orders are read: `discovery` reads the order list, `probing` one order at a time; "
        "`null` before the first page."
    )
    method_reason: str | None = Field(description="Why the order list cannot be used.")
    expected_orders: int | None = Field(description="The number of orders to read; `null` if the shop does not say.")
    from_entity_id: int | None = Field(description="The run reads orders with a higher id than this.")
    watermark: int | None = Field(description="The highest order id handled.")
    message: str | None = Field(description="The sentence to show for a run that has ended.")
    error_code: str | None = Field(description="Why the run failed or was closed. Stable.")
    error_message: str | None = Field(description="The sentence for that code. It says what to do.")
    queued_at: Timestamp
    started_at: Timestamp | None
    stop_requested_at: Timestamp | None = Field(description="When a caller asked to stop it.")
    finished_at: Timestamp | None = Field(description="`null` until it has ended.")


class SyncResult(CountsView):
    """The result of a sync that has ended. A failure of the shop is a result too."""

    success: bool = Field(description="`false` if the sync failed or was stopped.")
    message: str = Field(description="The sentence to show.")
    watermark: int | None = Field(description="The highest order id handled.")
    error_code: str | None = Field(description="Why the sync failed. Stable.")
    run: RunView


class RunInProgress(ResponseModel):
    """A run that has not ended."""

    success: Literal[True]
    message: str = Field(description="The sentence to show.")
    run: RunView


class RunConflict(ErrorResponse):
    """An error with the run that causes it, if there is one."""

    run: RunView | SkipJsonSchema[None] = None


class QuarantinedOrder(ResponseModel):
    """An order that could not be read or stored. Later runs retry it, at growing intervals."""

    order_id: int = Field(description="Magento's `entity_id`.")
    reason_code: str | None = Field(description="Why, such as `ORDER_DAMAGED`.")
    attempts: int
    since: Timestamp | None
    next_attempt_at: Timestamp | None


class WebsiteStatus(ResponseModel):
    """The state of a website's sync."""

    website_id: str
    auto_upload: bool = Field(description="Whether syncs are allowed, by the schedule and by hand.")
    interval: int = Field(description="Minutes between the starts of two scheduled runs.")
    status: str = Field(description="`STOPPED`, `RUNNING` or `ERROR`.")
    sync_status: str | None = Field(
        description="`running`, `completed`, `stopped`, or `failed: ` followed by the error code."
    )
    last_sync: Timestamp | None = Field(description="When the last completed run ended.")
    next_due_at: Timestamp | None = Field(
        description="When the schedule starts the next run; `null` if auto-upload is off."
    )
    watermark: int = Field(description="The highest order id handled.")
    last_run: RunView | None = Field(description="The newest run, with live counts while it runs.")
    quarantined_orders: list[QuarantinedOrder] = Field(description="The first 100, by order id.")
    quarantined_count: int = Field(description="The number of quarantined orders in total.")


class RunHistory(ResponseModel):
    """A page of a website's runs, newest first."""

    runs: list[RunView]
    next_cursor: str | None = Field(description="The cursor of the next page; `null` on the last page.")


class FanOut(ResponseModel):
    """The number of websites by what the schedule did with them."""

    started: int = Field(description="Syncs started.")
    sent_again: int = Field(description="Queued runs that had not started in time and were sent again.")
    waiting: int = Field(description="Due syncs that have to wait for a free place. The schedule starts them later.")
    not_due: int = Field(description="Websites with auto-upload on that are not due.")
    refused: int = Field(description="Syncs that AWS did not start. The schedule starts them later.")
