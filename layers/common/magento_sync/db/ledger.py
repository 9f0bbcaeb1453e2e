"""`MagentoSyncOrder`, the ledger: which order ids were handled, and their outcomes. It holds no personal data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.json_parameters import json_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.outcomes import Outcome

LARGEST_WATERMARK = 2**31 - 1  # Prisma's Int; an order with a larger id is quarantined
LONGEST_RETRY_HOURS = 7 * 24


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
        SELECT %(website)s, id, outcome, reason, %(run)s, {now},
            CASE WHEN outcome = 'failed' THEN {now} END,
            CASE WHEN outcome = 'failed' THEN {now} + interval '1 hour' END
        FROM json_to_recordset(%(rows)s) AS incoming(id bigint, outcome text, reason text)
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
            "rows": json_rows(
                [
                    {"id": order_id, "outcome": outcome, "reason": reasons.get(order_id)}
                    for order_id, outcome in outcomes.items()
                ]
            ),
            "longest": LONGEST_RETRY_HOURS,
        },
    )


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


def queue_highest_id(transaction: Transaction, website_id: str) -> Callable[[], int]:
    """Queues a query for the highest id in the ledger that a watermark can hold, or 0; the result returns it."""
    query = 'SELECT COALESCE(max("orderId"), 0) FROM {ledger} WHERE "websiteId" = %s AND "orderId" <= %s'
    return transaction.queue(query, [website_id, LARGEST_WATERMARK]).value


def prune(transaction: Transaction, website_id: str, up_to: int) -> None:
    """Deletes the entries up to that id, except quarantined ones. Raise the floor in the same transaction."""
    transaction.queue(
        """DELETE FROM {ledger} WHERE "websiteId" = %s AND "orderId" <= %s AND "outcome" <> 'failed'""",
        [website_id, up_to],
    )
