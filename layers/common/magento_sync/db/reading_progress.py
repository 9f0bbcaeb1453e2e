"""How far earlier runs have read a website's orders: all that a run must know of it, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website

RETRIES_AT_ONCE = 20  # quarantined orders that one run retries, with one request each

GAPS = """
    SELECT id FROM generate_series(GREATEST(%(floor)s::bigint, %(watermark)s - %(window)s) + 1, %(watermark)s) AS id
    WHERE NOT EXISTS (SELECT FROM {ledger} WHERE "websiteId" = %(website)s AND "orderId" = id)
    ORDER BY id
"""

PROGRESS_COLUMNS = """
    ARRAY(
        SELECT "orderId" FROM {ledger}
        WHERE "websiteId" = %(website)s AND "outcome" NOT IN ('failed', 'released')
        ORDER BY "orderId" DESC LIMIT 3
    ) AS newest,
    (
        SELECT count(*) FROM {ledger}
        WHERE "websiteId" = %(website)s AND "runId" = %(run)s
            AND "outcome" = 'failed' AND "reasonCode" = 'ORDER_DAMAGED' AND "attempts" = 1
    ) AS damaged,
    ARRAY(
        SELECT "orderId" FROM {ledger}
        WHERE "websiteId" = %(website)s AND "outcome" = 'failed' AND "runId" IS DISTINCT FROM %(run)s
            AND ("nextAttemptAt" <= {now} OR (SELECT "trigger" FROM {run} WHERE "id" = %(run)s) = 'manual')
        ORDER BY "nextAttemptAt", "orderId" LIMIT %(retries)s
    ) AS to_retry,
    NOT EXISTS (
        SELECT FROM {run}
        WHERE "websiteId" = %(website)s
            AND "newestCheckedAt" > {now} - interval '24 hours' + interval '1 minute'
    ) AS newest_id_check_is_due,
    (
        SELECT min("queuedAt") FROM {run}
        WHERE "websiteId" = %(website)s AND COALESCE("fromEntityId", %(first)s) = 0
            AND ("ordersFetched" > 0 OR "id" = %(run)s)
    ) AS first_import_began
"""


@dataclass(frozen=True)
class ReadingProgress:
    """What earlier runs, and earlier invocations of this run, have read.

    Attributes:
        newest: The ids of the newest orders that the shop has shown, for control requests while probing.
        damaged: How many damaged orders this run has found; retried orders do not count.
        gaps: As `gaps` returns them, for the floor that is stored.
        to_retry: The ids of quarantined orders that the run retries, the longest overdue first. A manual run retries at
            once all that earlier runs have quarantined; other runs wait for each order's retry time.
        newest_id_check_is_due: Whether the last check of the shop's newest id was a day ago or more.
        first_import_began: When the website's first import began (UTC): when its first run was queued that read from
            the first id. This run counts even before it has fetched an order.
    """

    newest: list[int]
    damaged: int
    gaps: list[int]
    to_retry: list[int]
    newest_id_check_is_due: bool
    first_import_began: datetime | None


def queue_progress(
    transaction: Transaction, website: Website, gap_window: int, run_id: str | None = None
) -> Callable[[], ReadingProgress]:
    """Queues a query for what a run must know before it asks the shop for anything; calling the result returns it.

    The run may not be acquired yet. A dry run has none.
    """
    answer = transaction.queue(
        "SELECT ARRAY(" + GAPS + ") AS gaps, " + PROGRESS_COLUMNS,
        {
            **_gap_range(website, gap_window),
            "run": run_id,
            "first": max(website.watermark, website.floor),
            "retries": RETRIES_AT_ONCE if run_id else 0,
        },
    )
    return lambda: ReadingProgress(**answer.all()[0])


def gaps(transaction: Transaction, website: Website, window: int) -> list[int]:
    """Returns the last ids below the watermark, and above the floor, that are not in the ledger.

    An id can become visible after a higher one: Magento draws it inside a transaction (recordings 82-visibility-*).
    """
    return [row["id"] for row in transaction.queue(GAPS, _gap_range(website, window)).all()]


def _gap_range(website: Website, window: int) -> dict[str, str | int]:
    return {"website": website.id, "watermark": website.watermark, "floor": website.floor, "window": window}
