"""A website's runs as callers list them: newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.run_record import run_of

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run


@dataclass(frozen=True)
class RunPosition:
    """Where in the list a run stands.

    Attributes:
        queued_at: In UTC, without a zone.
        id: Of the run.
    """

    queued_at: datetime
    id: str


def page(
    transaction: Transaction, website_id: str, *, limit: int, after: RunPosition | None = None
) -> tuple[list[Run], RunPosition | None]:
    """The website's runs behind a place; new ones stand before it, so that none is lost or repeated.

    Returns:
        At most `limit` of them, and the place of the last one if there are more.
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
    shown = [run_of(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return shown, None
    return shown, RunPosition(shown[-1].queued_at, shown[-1].id)
