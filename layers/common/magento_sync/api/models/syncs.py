"""The shapes of requests and answers: what is checked, and what the OpenAPI document says."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema

from magento_sync.api.http.errors import ErrorCode
from magento_sync.api.http.field_errors import FieldErrorCode
from magento_sync.api.models.examples import WEBSITE_ID
from magento_sync.api.models.values import Id, Instant


class RequestModel(BaseModel):
    """A request's body: exactly these fields, of exactly these types."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)


class ResponseModel(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class SyncRequest(RequestModel):
    """Which website to sync."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"websiteId": WEBSITE_ID}]})

    website_id: Id = Field(description="The website's id in the app's table `Website`.")


class CountsView(ResponseModel):
    """What became of a run's orders so far."""

    orders_fetched: int = Field(description="Orders read.")
    imported_customers: int = Field(description="New rows in `Customer`.")
    duplicates: int = Field(description="The website had that customer with that purchase date.")
    repeat_purchases: int = Field(description="The website had that customer, with another purchase date.")
    without_email: int = Field(description="Orders without a usable e-mail address.")
    failed_orders: int = Field(
        description="Orders that could not be read or stored; they are tried again on later runs."
    )


class RunView(CountsView):
    """One sync of one website; while it goes on, its counts grow."""

    id: str
    website_id: str
    trigger: Literal["manual", "schedule", "unknown"] = Field(description="What started it, if it was one of ours.")
    status: Literal["QUEUED", "RUNNING", "COMPLETED", "FAILED", "ABANDONED", "STOPPED"]
    method: Literal["discovery", "probing"] | None = Field(
        description="How orders were read: `discovery` by the list, `probing` one at a time; none before the first."
    )
    method_reason: str | None = Field(description="Why not by the list.")
    expected_orders: int | None = Field(description="How many orders there are to read, where the shop told it.")
    from_entity_id: int | None = Field(description="The order id above which it reads.")
    watermark: int | None = Field(description="The highest order id handled.")
    message: str | None = Field(description="The sentence to show for a run that is over.")
    error_code: str | None = Field(description="Why it failed, or was closed; stable.")
    error_message: str | None = Field(description="The sentence of that code, which says what to do.")
    queued_at: Instant
    started_at: Instant | None
    stop_requested_at: Instant | None = Field(description="When somebody asked it to stop.")
    finished_at: Instant | None = Field(description="None while it goes on.")


class SyncResult(CountsView):
    """What a finished sync says; a shop's failure is a result too."""

    success: bool = Field(description="False if it failed, or was stopped.")
    message: str = Field(description="The sentence to show.")
    watermark: int | None = Field(description="The highest order id handled.")
    error_code: str | None = Field(description="Why it failed; stable.")
    run: RunView


class RunInProgress(ResponseModel):
    """A run that goes on."""

    success: Literal[True]
    message: str = Field(description="The sentence to show.")
    run: RunView


class FieldErrorView(ResponseModel):
    """One field of the request that will not do."""

    field: str = Field(
        description="Its name in the body or the query; a header's name; `body` for the body as a whole."
    )
    code: FieldErrorCode
    message: str


class ErrorView(ResponseModel):
    """What went wrong."""

    code: ErrorCode = Field(description="Stable.")
    message: str = Field(description="The sentence to show.")
    request_id: str = Field(description="To be found again in the logs.")
    fields: list[FieldErrorView] = Field(default_factory=list, description="With `BAD_REQUEST` only.")


class ErrorAnswer(ResponseModel):
    """An error."""

    error: ErrorView


class RunConflict(ErrorAnswer):
    """An error with the run that is in the way, if one of ours is."""

    run: RunView | SkipJsonSchema[None] = None


class QuarantinedOrder(ResponseModel):
    """An order that could not be read or stored; later runs try it again, ever more rarely."""

    order_id: int = Field(description="Magento's `entity_id`.")
    reason_code: str | None = Field(description="Why, such as `ORDER_DAMAGED`.")
    attempts: int
    since: Instant | None
    next_attempt_at: Instant | None


class WebsiteStatus(ResponseModel):
    """How a website's sync stands."""

    website_id: str
    auto_upload: bool = Field(description="Whether the schedule takes it, and the button may.")
    interval: int = Field(description="Minutes between the schedule's runs.")
    status: str = Field(description="`STOPPED`, `RUNNING` or `ERROR`.")
    sync_status: str | None = Field(description="`running`, `completed`, `stopped`, or `failed: ` and an error's code.")
    last_sync: Instant | None = Field(description="End of the last completed run.")
    next_due_at: Instant | None = Field(description="When the schedule takes it next; none where auto-upload is off.")
    watermark: int = Field(description="The highest order id handled.")
    last_run: RunView | None = Field(description="The newest run; with live counts while it goes on.")
    quarantined_orders: list[QuarantinedOrder] = Field(description="By order id; the first hundred.")
    quarantined_count: int = Field(description="How many there are in all.")


class RunHistory(ResponseModel):
    """A website's runs, newest first."""

    runs: list[RunView]
    next_cursor: str | None = Field(description="For the next page; none on the last one.")


class FanOut(ResponseModel):
    """What the schedule's work came to."""

    started: int = Field(description="Syncs started.")
    sent_again: int = Field(description="Runs that nobody had taken up, sent once more.")
    waiting: int = Field(description="Syncs that found no place, or no time; the schedule starts them.")
    not_due: int = Field(description="Websites with auto-upload on whose time has not come.")
    refused: int = Field(description="Syncs that could not be started; they are tried again.")
