"""A website's past runs: listed newest first, and removed once nobody needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.run_record import run_from_row

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

# Three months show every pattern of a shop's failures. Not a setting: the table stays small anyway.
KEPT_DAYS = 90
BATCH_SIZE = 500


@dataclass(frozen=True)
class RunPosition:
    """A run's position in the list: when it was queued, in UTC without a zone, and its id."""

    queued_at: datetime
    id: str


def page(
    transaction: Transaction, website_id: str, *, limit: int, after: RunPosition | None = None
) -> tuple[list[Run], RunPosition | None]:
    """Returns at most `limit` of the website's runs, newest first, and the position of the last one if there are more.

    New runs come before every position, so no run is skipped or repeated.
    """
    rows = transaction.all(
        """
        SELECT * FROM {run}
        WHERE "websiteId" = %(website)s
            AND (%(time)s::timestamp IS NULL OR ("queuedAt", "id") < (%(time)s::timestamp, %(id)s::text))
        ORDER BY "queuedAt" DESC, "id" DESC
        LIMIT %(limit)s
        """,
        {
            "website": website_id,
            "time": after.queued_at if after else None,
            "id": after.id if after else None,
            "limit": limit + 1,
        },
    )
    runs = [run_from_row(row) for row in rows[:limit]]
    return runs, RunPosition(runs[-1].queued_at, runs[-1].id) if len(rows) > limit else None


def prune(transaction: Transaction) -> int:
    """Deletes runs older than 90 days, at most `BATCH_SIZE` at a time, and returns how many.

    Keeps, whatever their age: each website's newest run (its retry time and failure count are still used), active runs,
    and runs that read orders from the very first id (a limited first import counts its days from the earliest of them).
    """
    # MATERIALIZED: PostgreSQL may evaluate a plain subquery once per row, and each time find other runs.
    return transaction.execute(
        """
        WITH expired AS MATERIALIZED (
            SELECT old."id" FROM {website} AS w CROSS JOIN LATERAL (
                SELECT "id" FROM {run} AS r
                WHERE r."websiteId" = w.{id} AND r."queuedAt" < {now} - make_interval(days => %(days)s)
                    AND r."finishedAt" < {now} - make_interval(days => %(days)s)
                    AND r."status" NOT IN ('QUEUED', 'RUNNING')
                    AND NOT (r."fromEntityId" IS NOT DISTINCT FROM 0 AND r."ordersFetched" > 0)
                    AND EXISTS (
                        SELECT FROM {run} AS newer
                        WHERE newer."websiteId" = w.{id} AND (newer."queuedAt", newer."id") > (r."queuedAt", r."id")
                    )
                ORDER BY r."queuedAt" LIMIT %(limit)s
                FOR UPDATE SKIP LOCKED
            ) AS old LIMIT %(limit)s
        )
        DELETE FROM {run} WHERE "id" IN (SELECT "id" FROM expired)
        """,
        {"days": KEPT_DAYS, "limit": BATCH_SIZE},
    )
