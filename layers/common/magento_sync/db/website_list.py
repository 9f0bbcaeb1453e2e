"""All websites in pages, each with its newest run and what a table shows of it, in one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from magento_sync.db.run_record import run_from_row
from magento_sync.db.websites import USUAL_INTERVAL
from magento_sync.text import containing

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from magento_sync.db.connection.transaction import Row, Transaction
    from magento_sync.db.run_record import Run

State = Literal["running", "failing", "idle", "off"]


@dataclass(frozen=True)
class WebsiteOverview:
    """A website's row, its newest run, and its counts. Times are in UTC.

    Attributes:
        state: `running`; else `off` without auto-upload; else `failing` if the last run failed; else `idle`.
        sync_status: `magentoSyncStatus`.
        next_due: As in `schedule.Times`.
        quarantined: The orders in quarantine.
        new_customers: The customers of the last 24 hours, also those that we did not import.
    """

    id: str
    domain: str
    auto_upload: bool
    state: State
    sync_status: str | None
    last_sync: datetime | None
    next_due: datetime | None
    quarantined: int
    new_customers: int
    newest_run: Run | None


@dataclass(frozen=True)
class WebsitePosition:
    """A row's position in the list: the text that the list is sorted by, and its id."""

    key: str
    id: str


@dataclass(frozen=True)
class WebsiteSelection:
    """Which websites to list, by their domain; None for all.

    The text is a part of the domain, in any case.
    """

    websites: Collection[str] | None = None
    state: State | None = None
    text: str | None = None
    failing_first: bool = False


def page(
    transaction: Transaction, selection: WebsiteSelection, *, limit: int, after: WebsitePosition | None = None
) -> tuple[list[WebsiteOverview], WebsitePosition | None]:
    """Returns at most `limit` websites, and the position of the last one if there are more.

    Runs, quarantine and customers are looked up for the websites of the page only. The key has the first characters of
    the domain, because a position travels in a URL; it is compared by bytes, which is quick and the same everywhere.
    """
    rows = transaction.all(
        """
        WITH listed AS (
            SELECT {id} AS website, COALESCE({domain}, '') AS domain, {sync_status} AS sync_status,
                COALESCE({auto_upload_enabled}, false) AS auto_upload, {last_sync}::timestamp AS last_sync,
                COALESCE({auto_upload_last_run}, {last_sync})
                    + make_interval(mins => COALESCE({auto_upload_interval}, %(usual)s)) AS interval_ends,
                CASE WHEN {auto_upload_status} = 'RUNNING' THEN 'running'
                    WHEN {auto_upload_enabled} IS NOT TRUE THEN 'off'
                    WHEN {auto_upload_status} = 'ERROR' THEN 'failing'
                    ELSE 'idle' END AS state
            FROM {website}
        ), sorted AS (
            SELECT *, (CASE WHEN %(failing_first)s AND state = 'failing' THEN '0' ELSE '1' END || left(domain, 100))
                COLLATE "C" AS position
            FROM listed
        ), page AS (
            SELECT * FROM sorted
            WHERE (%(websites)s::text[] IS NULL OR website = ANY(%(websites)s::text[]))
                AND (%(state)s::text IS NULL OR state = %(state)s::text)
                AND (%(part)s::text IS NULL OR domain ILIKE %(part)s::text)
                AND (%(key)s::text IS NULL OR (position, website) > (%(key)s::text, %(id)s::text))
            ORDER BY position, website
            LIMIT %(limit)s
        )
        SELECT page.*, newest.*,
            CASE WHEN auto_upload THEN COALESCE(newest."retryAt", interval_ends, {now}) END::timestamp AS next_due,
            (SELECT count(*) FROM {ledger} WHERE "websiteId" = website AND "outcome" = 'failed') AS quarantined,
            (
                SELECT count(*) FROM {customer}
                WHERE {website_id} = website AND {created_at} > (SELECT {now} - interval '24 hours')
            ) AS new_customers
        FROM page LEFT JOIN LATERAL (
            SELECT * FROM {run} WHERE "websiteId" = website ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        ORDER BY position, website
        """,
        {
            "websites": None if selection.websites is None else list(selection.websites),
            "state": selection.state,
            "part": None if selection.text is None else containing(selection.text),
            "failing_first": selection.failing_first,
            "usual": USUAL_INTERVAL,
            "key": after.key if after else None,
            "id": after.id if after else None,
            "limit": limit + 1,
        },
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return [_overview(row) for row in rows[:limit]], WebsitePosition(
        last["position"], last["website"]
    ) if last else None


def _overview(row: Row) -> WebsiteOverview:
    return WebsiteOverview(
        id=row["website"],
        domain=row["domain"],
        auto_upload=row["auto_upload"],
        state=row["state"],
        sync_status=row["sync_status"],
        last_sync=row["last_sync"],
        next_due=row["next_due"],
        quarantined=row["quarantined"],
        new_customers=row["new_customers"],
        newest_run=run_from_row(row) if row["id"] else None,
    )
