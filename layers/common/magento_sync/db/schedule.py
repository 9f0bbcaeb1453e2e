"""When the schedule takes a website: which are due, which are not, and when one will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.websites import USUAL_INTERVAL, website_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website

# Of a website `w`: `next_due`, when its interval or its retry time comes, and `taken_from`, from when on the schedule takes it. A
# third of the interval, at most five minutes, is tolerance: the schedule ticks with jitter and a claim may wait for a place, and a
# website whose interval equals the schedule's period must not miss every other tick. A failed run's retry time goes before it, to the
# moment: the shop may have asked for it.
BY_INTERVAL = """
    {website} AS w
    CROSS JOIN LATERAL (
        SELECT COALESCE(w.{auto_upload_last_run}, w.{last_sync}) AS started,
            COALESCE(w.{auto_upload_interval}, %(usual)s) AS minutes
    ) AS last
    CROSS JOIN LATERAL (
        SELECT started + make_interval(mins => minutes) AS interval_ends,
            started + make_interval(secs => minutes * 60.0 - LEAST(minutes * 20.0, 300)) AS interval_allows
    ) AS own
"""
SCHEDULED = (
    BY_INTERVAL  # noqa: S608 - of our own words
    + """
    LEFT JOIN LATERAL (
        SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
    ) AS newest ON true
    CROSS JOIN LATERAL (
        SELECT COALESCE(newest."retryAt", interval_ends) AS next_due, COALESCE(newest."retryAt", interval_allows) AS taken_from
    ) AS clock
"""
)
FREE = "w.{auto_upload_enabled} AND w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'"


@dataclass(frozen=True)
class Times:
    """A website's past and future.

    Attributes:
        sync_status: `magentoSyncStatus`.
        last_sync: End of the last completed run, in UTC.
        next_due: When its interval or its retry time comes, in UTC; now if it has never run, None where auto-upload is off.
    """

    sync_status: str | None
    last_sync: datetime | None
    next_due: datetime | None


def due(transaction: Transaction, passed_over: Collection[str]) -> list[Website]:
    """Websites whose time has come, the longest overdue first, locked for this transaction."""
    rows = transaction.all(
        "SELECT w.* FROM "  # noqa: S608 - of our own words
        + SCHEDULED
        + "WHERE "
        + FREE
        + """
            AND (taken_from IS NULL OR taken_from <= {now})
            AND w.{id} <> ALL(%(passed_over)s)
        ORDER BY taken_from NULLS FIRST, w.{id}
        FOR NO KEY UPDATE OF w SKIP LOCKED
        """,
        {"passed_over": list(passed_over), "usual": USUAL_INTERVAL},
    )
    return [website_of(row) for row in rows]


def not_due(transaction: Transaction) -> int:
    """How many websites have auto-upload on, no run that goes on, and time left."""
    row = transaction.one(
        "SELECT count(*) AS websites FROM " + SCHEDULED + "WHERE " + FREE + " AND taken_from > {now}",  # noqa: S608
        {"usual": USUAL_INTERVAL},
    )
    return int(row["websites"]) if row else 0


def times(transaction: Transaction, website_id: str) -> Times:
    """The website's times; nothing of a website that is not there."""
    row = transaction.one(
        "SELECT w.{sync_status} AS sync_status, w.{last_sync} AS last_sync, "  # noqa: S608
        "CASE WHEN w.{auto_upload_enabled} THEN COALESCE(next_due, {now}) END AS next_due FROM "
        + SCHEDULED
        + "WHERE w.{id} = %(website)s",
        {"website": website_id, "usual": USUAL_INTERVAL},
    )
    return Times(**row) if row else Times(None, None, None)


def by_interval(transaction: Transaction, website_id: str) -> datetime | None:
    """From when on (UTC) the schedule takes the website if its last run has not failed; None if it has never run."""
    row = transaction.one(
        "SELECT interval_allows FROM " + BY_INTERVAL + "WHERE w.{id} = %(website)s",  # noqa: S608 - of our own words
        {"website": website_id, "usual": USUAL_INTERVAL},
    )
    return row["interval_allows"] if row else None
