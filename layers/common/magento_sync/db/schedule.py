"""When a website is due: which the schedule claims now, how many it does not, and when a website is due next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.websites import USUAL_INTERVAL, website_from_row

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website

# A website is claimed up to this many minutes before its interval ends. The schedule ticks with jitter, and a website
# whose interval equals the schedule's period must not miss every other tick. A retry time is exact: shops ask for it.
TOLERANCE_MINUTES = 2
FIRST_RETRY_MINUTES = 15
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Times:
    """A website's past and next sync.

    Attributes:
        sync_status: `magentoSyncStatus`.
        last_sync: End of the last completed run, in UTC.
        next_due: When its interval or retry time ends, in UTC; now if it has never run, None if auto-upload is off.
    """

    sync_status: str | None
    last_sync: datetime | None
    next_due: datetime | None


def lock_dispatch(transaction: Transaction) -> None:
    """Waits until no other dispatcher claims websites: two could both count the same free places."""
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('magento-sync dispatcher', 0))")


def due(transaction: Transaction, excluded: Collection[str]) -> list[Website]:
    """Locks and returns the websites that are due, the longest overdue first.

    Args:
        transaction: Any.
        excluded: Ids of websites to leave out.
    """
    rows = transaction.all(
        """
        SELECT w.* FROM {website} AS w
        LEFT JOIN LATERAL (
            SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        CROSS JOIN LATERAL (
            SELECT COALESCE("retryAt", COALESCE(w.{auto_upload_last_run}, w.{last_sync})
                + make_interval(mins => COALESCE(w.{auto_upload_interval}, %(usual)s) - %(tolerance)s)) AS claim_at
        ) AS schedule
        WHERE w.{auto_upload_enabled} AND w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'
            AND (claim_at IS NULL OR claim_at <= {now}) AND w.{id} <> ALL(%(excluded)s)
        ORDER BY claim_at NULLS FIRST, w.{id}
        FOR NO KEY UPDATE OF w SKIP LOCKED
        """,
        {"excluded": list(excluded), "usual": USUAL_INTERVAL, "tolerance": TOLERANCE_MINUTES},
    )
    return [website_from_row(row) for row in rows]


def count_not_due(transaction: Transaction) -> int:
    """Returns how many websites with auto-upload on are neither running nor due."""
    row = transaction.one(
        """
        SELECT count(*) AS websites FROM {website} AS w
        LEFT JOIN LATERAL (
            SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        WHERE w.{auto_upload_enabled} AND w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'
            AND COALESCE("retryAt", COALESCE(w.{auto_upload_last_run}, w.{last_sync})
                + make_interval(mins => COALESCE(w.{auto_upload_interval}, %(usual)s) - %(tolerance)s)) > {now}
        """,
        {"usual": USUAL_INTERVAL, "tolerance": TOLERANCE_MINUTES},
    )
    return int(row["websites"]) if row else 0


def times(transaction: Transaction, website_id: str) -> Times:
    """Returns the website's times; all None if it does not exist."""
    row = transaction.one(
        """
        SELECT {sync_status} AS sync_status, {last_sync}::timestamp AS last_sync,
            CASE WHEN {auto_upload_enabled} THEN COALESCE(
                (SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1),
                COALESCE({auto_upload_last_run}, {last_sync})
                    + make_interval(mins => COALESCE({auto_upload_interval}, %(usual)s)),
                {now}
            ) END::timestamp AS next_due
        FROM {website} AS w WHERE {id} = %(website)s
        """,
        {"website": website_id, "usual": USUAL_INTERVAL},
    )
    return Times(**row) if row else Times(None, None, None)


def plan_retry(transaction: Transaction, run_id: str, retry_after: float | None) -> None:
    """Makes the website of a failed run due again before its interval ends.

    After 15 minutes, doubling with every failure in a row, and no later than if the run had not failed. But not before
    the shop's own `Retry-After`, of which at most a day counts.

    Args:
        transaction: The transaction in which the run fails.
        run_id: The failed run.
        retry_after: Seconds that the shop asked for, if it did.
    """
    transaction.execute(
        """
        UPDATE {run} AS r SET "retryAt" = GREATEST(
            LEAST(
                r."finishedAt" + make_interval(mins => %(first)s * (2 ^ LEAST(r."failuresInARow" - 1, 20))::int),
                w.{auto_upload_last_run}
                    + make_interval(mins => COALESCE(w.{auto_upload_interval}, %(usual)s) - %(tolerance)s)
            ),
            r."finishedAt" + make_interval(secs => %(retry_after)s)
        )
        FROM {website} AS w
        WHERE r."id" = %(run)s AND w.{id} = r."websiteId"
        """,
        {
            "first": FIRST_RETRY_MINUTES,
            "retry_after": float(min(retry_after or 0, LONGEST_RETRY_AFTER_SECONDS)),
            "usual": USUAL_INTERVAL,
            "tolerance": TOLERANCE_MINUTES,
            "run": run_id,
        },
    )
