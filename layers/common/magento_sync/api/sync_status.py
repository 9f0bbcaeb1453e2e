"""Shows the state of a website's sync, and the history of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from magento_sync.api.http.cursors import decode_time_cursor, encode_cursor
from magento_sync.api.models.syncs import QuarantinedOrder, RunHistory, WebsiteStatus
from magento_sync.api.run_views import run_view, timestamp
from magento_sync.db import ledger, run_history, runs, schedule
from magento_sync.db.run_history import RunPosition

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.ledger import Quarantined
    from magento_sync.messages import Language

MAX_QUARANTINED_ORDERS = 100
LIST_NAME = "runs"


@dataclass(frozen=True)
class SyncStatusQueries:
    """Shows a caller the syncs of a website, with sentences in their language."""

    database: Database
    caller: Caller
    language: Language

    def status(self, website_id: str) -> WebsiteStatus:
        """Returns the website's sync status, its newest run with live counts, and its quarantined orders.

        Raises:
            ApiError: 404.
        """
        return self.database.run(self._status, website_id)

    def history(self, website_id: str, limit: int, cursor: str | None) -> RunHistory:
        """Returns a page of the website's runs, newest first.

        Raises:
            ApiError: 404 for the website; 400 for a cursor that is broken or another website's.
        """
        after = None
        if cursor is not None:
            queued_at, run_id = decode_time_cursor(LIST_NAME, website_id, cursor)
            after = RunPosition(datetime.fromisoformat(queued_at), run_id)
        return self.database.run(self._history, website_id, limit, after)

    def _status(self, transaction: Transaction, website_id: str) -> WebsiteStatus:
        website = self.caller.find_website(transaction, website_id)
        times = schedule.times(transaction, website_id)
        newest = runs.newest(transaction, website_id)
        quarantine = ledger.list_quarantined(transaction, website_id, MAX_QUARANTINED_ORDERS)
        return WebsiteStatus(
            website_id=website.id,
            auto_upload=website.auto_upload,
            interval=website.interval,
            status=website.status,
            sync_status=times.sync_status,
            last_sync=timestamp(times.last_sync),
            next_due_at=timestamp(times.next_due),
            watermark=website.watermark,
            last_run=run_view(newest, self.language) if newest else None,
            quarantined_orders=[_quarantined_order(order) for order in quarantine],
            quarantined_count=ledger.count_quarantined(transaction, website_id),
        )

    def _history(self, transaction: Transaction, website_id: str, limit: int, after: RunPosition | None) -> RunHistory:
        self.caller.find_website(transaction, website_id)
        page, last = run_history.page(transaction, website_id, limit=limit, after=after)
        next_cursor = None
        if last is not None:
            next_cursor = encode_cursor(
                LIST_NAME, website_id, last.queued_at.isoformat(timespec="microseconds"), last.id
            )
        return RunHistory(runs=[run_view(run, self.language) for run in page], next_cursor=next_cursor)


def _quarantined_order(order: Quarantined) -> QuarantinedOrder:
    return QuarantinedOrder(
        order_id=order.order_id,
        reason_code=order.reason,
        attempts=order.attempts,
        since=timestamp(order.since),
        next_attempt_at=timestamp(order.next_attempt),
    )
