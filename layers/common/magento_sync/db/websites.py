"""The app's `Website` rows: who holds them, how far they have been read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from magento_sync.db.names import COMMON_COLUMNS, WEBSITE_COLUMNS
from magento_sync.errors import MigrationMissing

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Row, Transaction


USUAL_INTERVAL = 360  # minutes; the column's default, for apps that had such a column before and allow NULL in it


@dataclass(frozen=True)
class Website:
    """What a sync needs to know of a website."""

    id: str
    domain: str
    api_url: str | None
    bearer_token: str | None
    api_key: str | None
    api_secret: str | None
    store_id: str | None
    watermark: int
    floor: int
    auto_upload: bool
    status: str
    interval: int
    run_id: str | None
    stopping: bool = False  # the run that holds it was asked to stop

    @property
    def wanted(self) -> bool:
        """Whether its orders are still to be read: nobody switched it off, or stopped the run."""
        return self.auto_upload and not self.stopping


@dataclass(frozen=True)
class PreviousState:
    """What a claim changed, so that it can be given back."""

    status: str
    sync_status: str | None
    last_run: datetime | None


def find(transaction: Transaction, website_id: str) -> Website | None:
    """The website, if there is one of that id."""
    row = transaction.one("SELECT * FROM {website} WHERE {id} = %s", [website_id])
    return website_of(row) if row else None


def lock(transaction: Transaction, website_id: str) -> None:
    """Makes this transaction the only writer of the website's customers, without blocking the app's own inserts."""
    transaction.execute("SELECT FROM {website} WHERE {id} = %s FOR NO KEY UPDATE", [website_id])


def lock_if_free(transaction: Transaction, website_id: str) -> bool:
    """Locks the website's row for this transaction without waiting; False where somebody else has locked it, or it is gone."""
    query = "SELECT FROM {website} WHERE {id} = %s FOR NO KEY UPDATE SKIP LOCKED"
    return transaction.one(query, [website_id]) is not None


def claim(transaction: Transaction, website_id: str, run_id: str) -> tuple[Website, PreviousState] | None:
    """Takes the website for a run, in one statement: None where it is off, running already, or not there."""
    row = transaction.one(
        """
        WITH free AS (
            SELECT {id}, {auto_upload_status}::text AS status_before, {sync_status} AS sync_status_before,
                {auto_upload_last_run} AS last_run_before
            FROM {website}
            WHERE {id} = %(website)s AND {auto_upload_enabled} AND {auto_upload_status} IS DISTINCT FROM 'RUNNING'
            FOR NO KEY UPDATE
        )
        UPDATE {website} SET
            {auto_upload_status} = 'RUNNING', {sync_status} = 'running', {sync_run_id} = %(run)s,
            {auto_upload_last_run} = {now}, {updated_at} = {now}
        FROM free WHERE {website}.{id} = free.{id}
        RETURNING {website}.*, status_before, sync_status_before, last_run_before
        """,
        {"website": website_id, "run": run_id},
    )
    if row is None:
        return None
    return website_of(row), PreviousState(row["status_before"], row["sync_status_before"], row["last_run_before"])


def give_back(transaction: Transaction, website_id: str, run_id: str, before: PreviousState) -> None:
    """Undoes a claim whose sync could not be started."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_status} = %(status)s, {sync_status} = %(sync_status)s, {sync_run_id} = NULL,
            {auto_upload_last_run} = %(last_run)s, {updated_at} = {now}
        WHERE {id} = %(website)s AND {sync_run_id} = %(run)s
        """,
        {"website": website_id, "run": run_id, **asdict(before)},
    )


def hold(transaction: Transaction, website_id: str, run_id: str) -> Website | None:
    """Locks the row for this transaction if the run still holds it: the first half of the fence.

    An UPDATE that leaves the key alone, because `FOR UPDATE` would block the app's own inserts of customers.
    """
    row = transaction.one(
        """
        UPDATE {website} SET {sync_run_id} = %(run)s, {updated_at} = {now}
        WHERE {id} = %(website)s AND {sync_run_id} = %(run)s
        RETURNING *
        """,
        {"website": website_id, "run": run_id},
    )
    return website_of(row) if row else None


def advance(transaction: Transaction, website_id: str, watermark: int) -> None:
    """Raises the watermark; it never goes down."""
    transaction.execute(
        """
        UPDATE {website} SET {last_entity_id} = GREATEST({last_entity_id}, %(watermark)s)
        WHERE {id} = %(website)s
        """,
        {"website": website_id, "watermark": watermark},
    )


def raise_floor(transaction: Transaction, website_id: str, floor: int) -> None:
    """Ids up to the floor are never looked at again."""
    transaction.execute(
        "UPDATE {website} SET {sync_floor} = GREATEST({sync_floor}, %(floor)s) WHERE {id} = %(website)s",
        {"website": website_id, "floor": floor},
    )


def release(transaction: Transaction, website_id: str, run_id: str, *, error_code: str | None, outcome: str) -> None:
    """Ends the claim: `outcome` is `completed`, `stopped` or `failed`, which `error_code` explains."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_status} = %(status)s, {sync_status} = %(sync_status)s, {sync_run_id} = NULL,
            {last_sync} = CASE WHEN %(completed)s THEN {now} ELSE {last_sync} END, {updated_at} = {now}
        WHERE {id} = %(website)s AND {sync_run_id} = %(run)s
        """,
        {
            "website": website_id,
            "run": run_id,
            "status": "ERROR" if outcome == "failed" else "STOPPED",
            "sync_status": f"failed: {error_code}" if outcome == "failed" else outcome,
            "completed": outcome == "completed",
        },
    )


def orphans(transaction: Transaction, idle_minutes: int) -> list[str]:
    """Websites marked RUNNING without a live run of ours, untouched for so long: left behind by an earlier system, or by hand."""
    rows = transaction.all(
        """
        SELECT {id} FROM {website}
        WHERE {auto_upload_status} = 'RUNNING' AND NOT EXISTS (
                SELECT FROM {run} AS r WHERE r."id" = {sync_run_id} AND r."status" IN ('QUEUED', 'RUNNING')
            )
            AND {updated_at} < {now} - make_interval(mins => %(minutes)s)
        FOR NO KEY UPDATE SKIP LOCKED
        """,
        {"minutes": idle_minutes},
    )
    return [row["id"] for row in rows]


def mark_abandoned(transaction: Transaction, website_id: str) -> None:
    """Its run died: ERROR. The abandoned run's retry time makes it due at once."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_status} = 'ERROR', {sync_status} = 'failed: ABANDONED', {sync_run_id} = NULL, {updated_at} = {now}
        WHERE {id} = %(website)s
        """,
        {"website": website_id},
    )


def website_of(row: Row) -> Website:
    """Reads a row of the table. Where the app allows NULL, it means what a claim takes it for: off, and not running.

    Raises:
        MigrationMissing: It lacks our columns.
    """
    try:
        value = {key: row[name] for key, name in (WEBSITE_COLUMNS | COMMON_COLUMNS).items()}
    except KeyError:
        raise MigrationMissing from None
    return Website(
        id=value["id"],
        domain=value["domain"] or "",
        api_url=value["api_url"],
        bearer_token=value["bearer_token"],
        api_key=value["api_key"],
        api_secret=value["api_secret"],
        store_id=value["store_id"],
        watermark=value["last_entity_id"] or 0,
        floor=value["sync_floor"] or 0,
        auto_upload=bool(value["auto_upload_enabled"]),
        status=value["auto_upload_status"] or "STOPPED",
        interval=USUAL_INTERVAL if value["auto_upload_interval"] is None else value["auto_upload_interval"],
        run_id=value["sync_run_id"],
    )
