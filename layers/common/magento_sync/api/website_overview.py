"""Shows all websites with the state of their syncs."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from magento_sync.api.http.cursors import decode_cursor, encode_cursor
from magento_sync.api.models.websites import WebsitePage, WebsiteSummary
from magento_sync.api.run_views import run_view, timestamp
from magento_sync.db import website_list
from magento_sync.db.website_list import WebsitePosition, WebsiteSelection
from magento_sync.messages import sentence

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.db.connection.database import Database
    from magento_sync.db.website_list import State, WebsiteOverview
    from magento_sync.messages import Language

LIST_NAME = "websites"
FAILED = "failed: "


@dataclass(frozen=True)
class WebsiteQuery:
    """The query of a list of websites; the OpenAPI document describes its parameters."""

    state: State | None = None
    text: str | None = None
    failing_first: bool = False
    limit: int = 50
    cursor: str | None = None

    @property
    def filters(self) -> str:
        """A hash of the filters: a cursor is valid only with the filters that it was made with."""
        return sha256(repr((self.state, self.text, self.failing_first)).encode()).hexdigest()[:16]


def list_websites(database: Database, caller: Caller, language: Language, query: WebsiteQuery) -> WebsitePage:
    """Returns a page of the websites that the caller may access, with sentences in their language.

    Raises:
        ApiError: 400 for the cursor.
    """
    after = None
    if query.cursor is not None:
        after = WebsitePosition(*decode_cursor(LIST_NAME, query.filters, query.cursor))
    selection = WebsiteSelection(caller.websites, query.state, query.text, query.failing_first)
    websites, last = database.run(website_list.page, selection, limit=query.limit, after=after)
    next_cursor = encode_cursor(LIST_NAME, query.filters, last.key, last.id) if last else None
    return WebsitePage(websites=[_summary(website, language) for website in websites], next_cursor=next_cursor)


def _summary(website: WebsiteOverview, language: Language) -> WebsiteSummary:
    run = run_view(website.newest_run, language) if website.newest_run else None
    code, message = None, None
    if website.state == "failing":
        code = (website.sync_status or "").removeprefix(FAILED) or None
        message = run.error_message if run and run.error_code == code else _sentence(code, language)
    return WebsiteSummary(
        website_id=website.id,
        domain=website.domain,
        auto_upload=website.auto_upload,
        state=website.state,
        last_sync=timestamp(website.last_sync),
        next_due_at=timestamp(website.next_due),
        error_code=code,
        error_message=message,
        quarantined_count=website.quarantined,
        new_customers=website.new_customers,
        last_run=run,
    )


def _sentence(code: str | None, language: Language) -> str | None:
    """Returns the sentence of a code that no run of ours explains: a website that an earlier system left behind."""
    try:
        return sentence(code or "", language)
    except KeyError:
        return None
