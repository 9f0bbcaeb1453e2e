"""How a website's sync stands, and what its runs were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from magento_sync.api.http.cursors import cursor_of, parts_of
from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.syncs import QuarantinedOrder, RunHistory, WebsiteStatus
from magento_sync.api.run_views import instant, run_view
from magento_sync.db import ledger, run_history, runs, schedule
from magento_sync.db.run_history import RunPosition

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.ledger import Quarantined
    from magento_sync.messages import Language

MOST_QUARANTINED = 100  # shown
LIST = "runs"


@dataclass(frozen=True)
class SyncStatusQueries:
    """What callers can see of a website's sync.

    Attributes:
        database: The app's.
        caller: Who asks.
        language: Of the sentences.
    """

    database: Database
    caller: Caller
    language: Language

    def status(self, website_id: str) -> WebsiteStatus:
        """The website's sync status, its newest run with live counts, and what is in quarantine.

        Raises:
            ApiError: 404.
        """
        return self.database.run(self._status, website_id)

    def _status(self, transaction: Transaction, website_id: str) -> WebsiteStatus:
        website = self.caller.find_website(transaction, website_id)
        times = schedule.times(transaction, website_id)
        newest = runs.newest(transaction, website_id)
        quarantine = ledger.quarantine(transaction, website_id, MOST_QUARANTINED)
        return WebsiteStatus(
            website_id=website.id,
            auto_upload=website.auto_upload,
            interval=website.interval,
            status=website.status,
            sync_status=times.sync_status,
            last_sync=instant(times.last_sync),
            next_due_at=instant(times.next_due),
            watermark=website.watermark,
            last_run=run_view(newest, self.language) if newest else None,
            quarantined_orders=[_shown(one) for one in quarantine],
            quarantined_count=ledger.in_quarantine(transaction, website_id),
        )

    def history(self, website_id: str, limit: int, cursor: str | None) -> RunHistory:
        """The website's runs, newest first.

        Raises:
            ApiError: 404, or 400 for a cursor that is broken or another website's.
        """
        after = _place(website_id, cursor) if cursor is not None else None
        return self.database.run(self._history, website_id, limit, after)

    def _history(self, transaction: Transaction, website_id: str, limit: int, after: RunPosition | None) -> RunHistory:
        self.caller.find_website(transaction, website_id)
        page, more = run_history.page(transaction, website_id, limit=limit, after=after)
        return RunHistory(
            runs=[run_view(run, self.language) for run in page],
            next_cursor=cursor_of(LIST, website_id, more.queued_at.isoformat(), more.id) if more else None,
        )


def _place(website_id: str, cursor: str) -> RunPosition:
    whose, queued_at, run_id = parts_of(LIST, cursor, 3)
    try:
        moment = datetime.fromisoformat(queued_at)
    except ValueError:
        moment = None
    if whose != website_id or moment is None or moment.tzinfo is not None:
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return RunPosition(moment, run_id)


def _shown(one: Quarantined) -> QuarantinedOrder:
    return QuarantinedOrder(
        order_id=one.order_id,
        reason_code=one.reason,
        attempts=one.attempts,
        since=instant(one.since),
        next_attempt_at=instant(one.next_attempt),
    )
