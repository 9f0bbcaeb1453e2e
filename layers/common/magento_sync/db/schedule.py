"""When a website is due: which the schedule claims now, how many it does not, and when a website is due next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.websites import CLAIM, USUAL_INTERVAL, PreviousState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction

# A website is claimed up to this many minutes before its interval ends. The schedule ticks with jitter, and a website
# whose interval equals the schedule's period must not miss every other tick. A retry time is exact: shops ask for it.
TOLERANCE_MINUTES = 2
FIRST_RETRY_MINUTES = 15
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600

# The websites that no run holds, with the time from which on the schedule claims them: NULL if they have never run.
IDLE = """
    WITH idle AS NOT MATERIALIZED (
        SELECT w.{id} AS website_id, w.{api_url} AS api_url, COALESCE(
            newest."retryAt",
            COALESCE(w.{auto_upload_last_run}, w.{last_sync})
                + make_interval(mins => COALESCE(w.{auto_upload_interval}, %(usual)s) - %(tolerance)s)
        ) AS claim_at
        FROM {website} AS w
        LEFT JOIN LATERAL (
            SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        WHERE w.{auto_upload_enabled} AND w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'
    )
"""
INTERVALS = {"usual": USUAL_INTERVAL, "tolerance": TOLERANCE_MINUTES}


@dataclass(frozen=True)
class DueWebsite:
    """A website that is due, and the address of its shop as its owner typed it."""

    website_id: str
    api_url: str | None


@dataclass(frozen=True)
class Candidate:
    """A website that is due, with the shop by which its run counts, and the id that the run gets."""

    website_id: str
    shop: str
    run_id: str


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


def due(transaction: Transaction) -> list[DueWebsite]:
    """Returns the websites that are due, the longest overdue first. It locks none of them."""
    query = """
        SELECT website_id, api_url FROM idle WHERE claim_at IS NULL OR claim_at <= {now}
        ORDER BY claim_at NULLS FIRST, website_id
    """
    return [DueWebsite(**row) for row in transaction.all(IDLE + query, INTERVALS)]


def claim(
    transaction: Transaction, candidates: Sequence[Candidate], *, places: int, places_per_shop: int
) -> dict[str, PreviousState | None]:
    """Claims the candidates for which there are places, in their order, and queues their runs, in one statement.

    Args:
        transaction: Any, with the dispatchers' lock.
        candidates: The websites.
        places: How many to claim at most.
        places_per_shop: How many active runs a shop may have; 0 for any number. Websites whose shop is "" have no shop
            in common.

    Returns:
        For the run of each candidate that had a place: the website's state before the claim; None if the website was
        not claimed, because it is locked or no longer due.
    """
    query = """
        , candidate AS (
            SELECT c.*, active.runs + row_number() OVER (PARTITION BY shop ORDER BY turn) AS place
            FROM unnest(%(websites)s::text[], %(runs)s::text[], %(shops)s::text[]) WITH ORDINALITY
                AS c(website_id, run_id, shop, turn)
            CROSS JOIN LATERAL (
                SELECT count(*) AS runs FROM {run} AS r
                WHERE r."shop" = c.shop AND r."status" IN ('QUEUED', 'RUNNING')
            ) AS active
        ),
        placed AS MATERIALIZED (
            SELECT * FROM candidate
            WHERE shop = '' OR %(per_shop)s = 0 OR place <= %(per_shop)s
            ORDER BY turn LIMIT %(places)s
        ),
        free AS (
            SELECT placed.website_id, placed.run_id, placed.shop, w.{auto_upload_status}::text AS status,
                w.{sync_status} AS sync_status, w.{auto_upload_last_run} AS last_run
            FROM placed JOIN idle USING (website_id) JOIN {website} AS w ON w.{id} = placed.website_id
            WHERE w.{auto_upload_enabled} AND w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'
                AND (idle.claim_at IS NULL OR idle.claim_at <= {now})
            FOR NO KEY UPDATE OF w SKIP LOCKED
        ),
    """
    result = """
        SELECT placed.run_id, claimed.run_id IS NOT NULL AS is_claimed, status, sync_status, last_run
        FROM placed LEFT JOIN claimed USING (website_id)
    """
    parameters = {
        **INTERVALS,
        "websites": [one.website_id for one in candidates],
        "runs": [one.run_id for one in candidates],
        "shops": [one.shop for one in candidates],
        "per_shop": places_per_shop,
        "places": places,
        "trigger": "schedule",
    }
    return {
        row["run_id"]: PreviousState(row["status"], row["sync_status"], row["last_run"]) if row["is_claimed"] else None
        for row in transaction.all(IDLE + query + CLAIM + result, parameters)
    }


def count_not_due(transaction: Transaction) -> int:
    """Returns how many websites with auto-upload on are neither running nor due."""
    query = "SELECT count(*) AS websites FROM idle WHERE claim_at > {now}"
    row = transaction.one(IDLE + query, INTERVALS)
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
