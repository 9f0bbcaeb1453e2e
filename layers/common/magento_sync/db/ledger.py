"""`MagentoSyncOrder`, the ledger: which order ids were handled, and their outcomes. It holds no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.outcomes import Outcome
    from magento_sync.db.run_record import Run

LARGEST_WATERMARK = 2**31 - 1  # Prisma's Int; an order with a larger id is quarantined
LONGEST_RETRY_HOURS = 7 * 24
RETRIES_AT_ONCE = 20  # quarantined orders that one run retries, with one request each


@dataclass(frozen=True)
class Quarantined:
    """An order that could not be read or stored, with the reason's code.

    It first failed at `since`; the first run after `next_attempt` retries it. Both are in UTC.
    """

    website_id: str
    order_id: int
    reason: str
    attempts: int
    since: datetime
    next_attempt: datetime


def handled(transaction: Transaction, website_id: str, order_ids: Collection[int]) -> set[int]:
    """Returns those of the ids that have a final outcome; a quarantined order has none."""
    rows = transaction.all(
        """
        SELECT "orderId" FROM {ledger}
        WHERE "websiteId" = %s AND "orderId" = ANY(%s::bigint[]) AND "outcome" <> 'failed'
        """,
        [website_id, list(order_ids)],
    )
    return {row["orderId"] for row in rows}


def record(
    transaction: Transaction,
    website_id: str,
    run_id: str,
    outcomes: Mapping[int, Outcome],
    reasons: Mapping[int, str],
) -> None:
    """Stores outcomes by order id, with the codes of the failed ones. The website's row must be locked.

    Only a quarantined order can be stored again, which counts as one more attempt.
    """
    transaction.execute(
        """
        INSERT INTO {ledger} AS entry
            ("websiteId", "orderId", "outcome", "reasonCode", "runId", "recordedAt", "failedSince", "nextAttemptAt")
        SELECT %(website)s, incoming.*, %(run)s, {now},
            CASE WHEN incoming.outcome = 'failed' THEN {now} END,
            CASE WHEN incoming.outcome = 'failed' THEN {now} + interval '1 hour' END
        FROM unnest(%(ids)s::bigint[], %(outcomes)s::text[], %(reasons)s::text[]) AS incoming(id, outcome, reason)
        ON CONFLICT ("websiteId", "orderId") DO UPDATE SET
            "outcome" = EXCLUDED."outcome", "reasonCode" = EXCLUDED."reasonCode", "runId" = EXCLUDED."runId",
            "recordedAt" = EXCLUDED."recordedAt", "attempts" = entry."attempts" + 1,
            "failedSince" = CASE WHEN EXCLUDED."outcome" = 'failed' THEN entry."failedSince" END,
            "nextAttemptAt" = CASE WHEN EXCLUDED."outcome" = 'failed'
                THEN {now} + make_interval(hours => LEAST(2 ^ LEAST(entry."attempts", 20), %(longest)s)::int) END
        WHERE entry."outcome" = 'failed'
        """,
        {
            "website": website_id,
            "run": run_id,
            "ids": list(outcomes),
            "outcomes": [str(outcome) for outcome in outcomes.values()],
            "reasons": [reasons.get(order_id) for order_id in outcomes],
            "longest": LONGEST_RETRY_HOURS,
        },
    )


def gaps(transaction: Transaction, website_id: str, *, watermark: int, floor: int, window: int) -> list[int]:
    """Returns the last ids below the watermark, and above the floor, that are not in the ledger.

    An id can become visible after a higher one: Magento draws it inside a transaction (recordings 82-visibility-*).
    """
    rows = transaction.all(
        """
        SELECT id FROM generate_series(GREATEST(%(floor)s::bigint, %(watermark)s - %(window)s) + 1, %(watermark)s) AS id
        WHERE NOT EXISTS (SELECT FROM {ledger} WHERE "websiteId" = %(website)s AND "orderId" = id)
        ORDER BY id
        """,
        {"website": website_id, "watermark": watermark, "floor": floor, "window": window},
    )
    return [row["id"] for row in rows]


def due_for_retry(transaction: Transaction, run: Run) -> list[int]:
    """Returns the ids of quarantined orders that the run retries, the longest overdue first, at most `RETRIES_AT_ONCE`.

    A manual run retries at once all that earlier runs have quarantined; other runs wait for each order's retry time.
    """
    rows = transaction.all(
        """
        SELECT "orderId" FROM {ledger}
        WHERE "websiteId" = %(website)s AND "outcome" = 'failed' AND "runId" IS DISTINCT FROM %(run)s
            AND (%(manual)s OR "nextAttemptAt" <= {now})
        ORDER BY "nextAttemptAt", "orderId" LIMIT %(limit)s
        """,
        {"website": run.website_id, "run": run.id, "manual": run.trigger == "manual", "limit": RETRIES_AT_ONCE},
    )
    return [row["orderId"] for row in rows]


def list_quarantined(
    transaction: Transaction, website_id: str | None = None, limit: int | None = None
) -> list[Quarantined]:
    """Returns quarantined orders by website and order id: those of one website or all, and at most `limit` of them."""
    rows = transaction.all(
        """
        SELECT "websiteId" AS website_id, "orderId" AS order_id, "reasonCode" AS reason, "attempts",
            "failedSince" AS since, "nextAttemptAt" AS next_attempt
        FROM {ledger} WHERE "outcome" = 'failed' AND (%(website)s::text IS NULL OR "websiteId" = %(website)s)
        ORDER BY "websiteId", "orderId" LIMIT %(limit)s
        """,
        {"website": website_id, "limit": limit},
    )
    return [Quarantined(**row) for row in rows]


def count_quarantined(transaction: Transaction, website_id: str) -> int:
    """Returns how many of the website's orders are in quarantine."""
    query = """SELECT count(*) FROM {ledger} WHERE "websiteId" = %s AND "outcome" = 'failed'"""
    return int(transaction.value(query, [website_id]))


def make_due(transaction: Transaction, website_id: str, order_ids: Collection[int]) -> None:
    """Makes quarantined orders due for a retry by the next run."""
    transaction.execute(
        """
        UPDATE {ledger} SET "nextAttemptAt" = {now}
        WHERE "websiteId" = %s AND "orderId" = ANY(%s::bigint[]) AND "outcome" = 'failed'
        """,
        [website_id, list(order_ids)],
    )


def release(transaction: Transaction, website_id: str, order_ids: Collection[int]) -> None:
    """Takes orders out of quarantine for good. The website's row must be locked: a run may be storing one of them."""
    transaction.execute(
        """
        UPDATE {ledger} SET "outcome" = 'released', "recordedAt" = {now}, "nextAttemptAt" = NULL
        WHERE "websiteId" = %s AND "orderId" = ANY(%s::bigint[]) AND "outcome" = 'failed'
        """,
        [website_id, list(order_ids)],
    )


def count_newly_damaged(transaction: Transaction, run_id: str, website_id: str) -> int:
    """Returns how many damaged orders the run has found; retried orders do not count."""
    query = """
        SELECT count(*) FROM {ledger}
        WHERE "websiteId" = %s AND "runId" = %s
            AND "outcome" = 'failed' AND "reasonCode" = 'ORDER_DAMAGED' AND "attempts" = 1
    """
    return int(transaction.value(query, [website_id, run_id]))


def newest_order_ids(transaction: Transaction, website_id: str) -> list[int]:
    """Returns the ids of the newest orders that the shop has shown, for control requests while probing."""
    rows = transaction.all(
        """
        SELECT "orderId" FROM {ledger} WHERE "websiteId" = %s AND "outcome" NOT IN ('failed', 'released')
        ORDER BY "orderId" DESC LIMIT 3
        """,
        [website_id],
    )
    return [row["orderId"] for row in rows]


def outcomes(transaction: Transaction, website_id: str, order_ids: Collection[int]) -> dict[int, str]:
    """Returns the outcomes of those of the ids that are in the ledger."""
    rows = transaction.all(
        'SELECT "orderId", "outcome" FROM {ledger} WHERE "websiteId" = %s AND "orderId" = ANY(%s::bigint[])',
        [website_id, list(order_ids)],
    )
    return {row["orderId"]: row["outcome"] for row in rows}


def recorded_at(transaction: Transaction, website_id: str, order_id: int) -> datetime | None:
    """Returns when an order was handled, in UTC; None if it was not, or its entry was pruned."""
    query = 'SELECT "recordedAt" FROM {ledger} WHERE "websiteId" = %s AND "orderId" = %s'
    recorded: datetime | None = transaction.value(query, [website_id, order_id])
    return recorded


def highest_id(transaction: Transaction, website_id: str) -> int:
    """Returns the highest id in the ledger that a watermark can hold, or 0."""
    query = 'SELECT max("orderId") FROM {ledger} WHERE "websiteId" = %s AND "orderId" <= %s'
    return transaction.value(query, [website_id, LARGEST_WATERMARK]) or 0


def prune(transaction: Transaction, website_id: str, up_to: int) -> None:
    """Deletes the entries up to that id, except quarantined ones. Raise the floor in the same transaction."""
    transaction.execute(
        """DELETE FROM {ledger} WHERE "websiteId" = %s AND "orderId" <= %s AND "outcome" <> 'failed'""",
        [website_id, up_to],
    )
