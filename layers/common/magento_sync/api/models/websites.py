"""The bodies of responses about all websites."""

from pydantic import Field

from magento_sync.api.models.base import ResponseModel
from magento_sync.api.models.field_types import Timestamp
from magento_sync.api.models.syncs import RunView
from magento_sync.db.website_list import State


class WebsiteSummary(ResponseModel):
    """A website, with what a table shows of it."""

    website_id: str
    domain: str
    auto_upload: bool = Field(description="Whether syncs are allowed, by the schedule and by hand.")
    state: State = Field(
        description="`running`: a sync has started or waits. `off`: auto-upload is off. `failing`: the last sync "
        "failed. `idle`: none of these."
    )
    last_sync: Timestamp | None = Field(description="When the last completed run ended.")
    next_due_at: Timestamp | None = Field(
        description="When the schedule starts the next run; `null` if auto-upload is off."
    )
    error_code: str | None = Field(description="Why it is failing. Stable.")
    error_message: str | None = Field(description="The sentence for that code. It says what to do.")
    quarantined_count: int = Field(description="Orders that could not be read or stored. Later runs retry them.")
    new_customers: int = Field(description="New rows in `Customer` in the last 24 hours, whoever added them.")
    last_run: RunView | None = Field(description="The newest run, with live counts while it runs.")


class WebsitePage(ResponseModel):
    """A page of websites, by domain."""

    websites: list[WebsiteSummary]
    next_cursor: str | None = Field(description="The cursor of the next page; `null` on the last page.")
