"""The app's `Website` rows: their settings, the run that holds them, and their watermark."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from magento_sync.db.names import APP_COLUMNS, names
from magento_sync.errors import ConfigurationError, MigrationMissing

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magento_sync.db.connection.transaction import Row, Transaction


USUAL_INTERVAL = 360  # minutes, as the column's default; for an app whose own column allows NULL

# What a claim writes, for the locked websites of a query named `free`.
CLAIM = """
    claimed AS (
        UPDATE {website} SET
            {auto_upload_status} = 'RUNNING', {sync_status} = 'running', {sync_run_id} = free.run_id,
            {auto_upload_last_run} = {now}, {updated_at} = {now}
        FROM free WHERE {website}.{id} = free.website_id
        RETURNING free.*
    ),
    queued AS (
        INSERT INTO {run} ("id", "websiteId", "shop", "trigger", "status", "queuedAt")
        SELECT run_id, website_id, shop, %(trigger)s, 'QUEUED', {now} FROM claimed
    )
"""


@dataclass(frozen=True)
class Website:
    """What a sync needs of a website.

    Attributes:
        floor: Ids up to here are never read again.
        interval: Minutes between the starts of two runs.
        stopping: Whether its run was asked to stop.
    """

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
    stopping: bool = False

    @property
    def wanted(self) -> bool:
        """Whether to read its orders: auto-upload is on, and nobody has stopped the run."""
        return self.auto_upload and not self.stopping


@dataclass(frozen=True)
class PreviousState:
    """The columns that a claim changes, as they were before it."""

    status: str
    sync_status: str | None
    last_run: datetime | None


def find(transaction: Transaction, website_id: str) -> Website | None:
    """Returns the website with that id, if it exists."""
    row = transaction.one("SELECT * FROM {website} WHERE {id} = %s", [website_id])
    return website_from_row(row) if row else None


def find_by_domain(transaction: Transaction, domain: str) -> Website | None:
    """Returns the website with that domain, if exactly one has it."""
    rows = transaction.all("SELECT * FROM {website} WHERE lower({domain}) = lower(%s) LIMIT 2", [domain])
    return website_from_row(rows[0]) if len(rows) == 1 else None


def every(transaction: Transaction) -> list[Website]:
    """Returns all websites, by domain."""
    return [website_from_row(row) for row in transaction.all("SELECT * FROM {website} ORDER BY {domain}, {id}")]


def check_visible(transaction: Transaction) -> None:
    """Checks that row level security does not hide all websites.

    Raises:
        ConfigurationError: The table has data, and its row level security shows none of its rows.
    """
    hidden = transaction.value(
        """
        SELECT row_security_active({website_oid}) AND pg_relation_size({website_oid}) > 0
            AND NOT EXISTS (SELECT FROM {website})
        """
    )
    if hidden:
        raise ConfigurationError(
            f'The row level security of "{names().tables["website"]}" hides all websites from the database user: it '
            "needs a policy for the user, or the user BYPASSRLS."
        )


def lock(transaction: Transaction, website_id: str) -> None:
    """Locks the website's row, so that writers of its customers take turns. The app's own inserts are not blocked."""
    transaction.execute("SELECT FROM {website} WHERE {id} = %s FOR NO KEY UPDATE", [website_id])


def try_lock(transaction: Transaction, website_id: str) -> bool:
    """Locks the website's row without waiting; returns False if another transaction holds it, or it is gone."""
    query = "SELECT FROM {website} WHERE {id} = %s FOR NO KEY UPDATE SKIP LOCKED"
    return transaction.one(query, [website_id]) is not None


def claim(transaction: Transaction, website_id: str, run_id: str, *, shop: str, trigger: str) -> PreviousState | None:
    """Claims the website for a run, which it queues, in one statement; returns None if it is off, running or gone."""
    query = """
        WITH free AS (
            SELECT {id} AS website_id, %(run)s::text AS run_id, %(shop)s::text AS shop,
                {auto_upload_status}::text AS status, {sync_status} AS sync_status, {auto_upload_last_run} AS last_run
            FROM {website}
            WHERE {id} = %(website)s AND {auto_upload_enabled} AND {auto_upload_status} IS DISTINCT FROM 'RUNNING'
            FOR NO KEY UPDATE
        ),
    """
    result = "SELECT * FROM claimed"
    parameters = {"website": website_id, "run": run_id, "shop": shop, "trigger": trigger}
    row = transaction.one(query + CLAIM + result, parameters)
    return PreviousState(row["status"], row["sync_status"], row["last_run"]) if row else None


def give_back(transaction: Transaction, website_id: str, run_id: str, before: PreviousState) -> None:
    """Undoes a claim whose run could not be started."""
    transaction.execute(
        """
        UPDATE {website} SET
            {auto_upload_status} = %(status)s, {sync_status} = %(sync_status)s, {sync_run_id} = NULL,
            {auto_upload_last_run} = %(last_run)s, {updated_at} = {now}
        WHERE {id} = %(website)s AND {sync_run_id} = %(run)s
        """,
        {"website": website_id, "run": run_id, **asdict(before)},
    )


def lock_if_held_by(transaction: Transaction, website_id: str, run_id: str) -> Website | None:
    """Locks and returns the website if the run holds it."""
    return queue_lock_if_held_by(transaction, website_id, run_id)()


def queue_lock_if_held_by(transaction: Transaction, website_id: str, run_id: str) -> Callable[[], Website | None]:
    """Queues the same; calling the result returns the website or None.

    An UPDATE that leaves the key unchanged, because `FOR UPDATE` would block the app's own inserts of customers.
    """
    query = "UPDATE {website} SET {updated_at} = {now} WHERE {id} = %s AND {sync_run_id} = %s RETURNING *"
    answer = transaction.queue(query, [website_id, run_id])

    def locked() -> Website | None:
        row = answer.one()
        return website_from_row(row) if row else None

    return locked


def advance(
    transaction: Transaction, website_id: str, *, watermark: int | None = None, floor: int | None = None
) -> None:
    """Raises the watermark, and the floor, below which no id is read again; neither ever goes down."""
    transaction.queue(
        """
        UPDATE {website} SET
            {last_entity_id} = GREATEST({last_entity_id}, %s), {sync_floor} = GREATEST({sync_floor}, %s)
        WHERE {id} = %s
        """,
        [watermark, floor, website_id],
    )


def set_watermark(transaction: Transaction, website_id: str, watermark: int) -> bool:
    """Sets the watermark and the floor by hand, up or down; returns False if a run holds the website."""
    query = """
        UPDATE {website} SET {last_entity_id} = %(watermark)s, {sync_floor} = %(watermark)s, {updated_at} = {now}
        WHERE {id} = %(website)s AND {sync_run_id} IS NULL
    """
    return transaction.execute(query, {"website": website_id, "watermark": watermark}) > 0


def release(transaction: Transaction, website_id: str, run_id: str, *, error_code: str | None, outcome: str) -> None:
    """Frees the website of its run, with the outcome `completed`, `stopped` or `failed`, if that run holds it."""
    transaction.queue(
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
    """Locks and returns the websites that are RUNNING without an active run, and unchanged for so many minutes.

    An earlier system, or a change by hand, leaves them so. Locked ones are skipped.
    """
    rows = transaction.all(
        """
        SELECT {id} AS id FROM {website}
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
    """Frees a website whose run stalled, as ERROR. The abandoned run's retry time makes it due at once."""
    query = """
        UPDATE {website} SET
            {auto_upload_status} = 'ERROR', {sync_status} = 'failed: ABANDONED', {sync_run_id} = NULL,
            {updated_at} = {now}
        WHERE {id} = %s
    """
    transaction.execute(query, [website_id])


def website_from_row(row: Row) -> Website:
    """Returns the website of a row. A NULL that the app's table allows means, as for a claim: off, and not running.

    Raises:
        MigrationMissing: The row lacks our columns.
        ConfigurationError: The watermark's column is a text.
    """
    try:
        value = {key: row[names().columns[key]] for key in APP_COLUMNS["website"]}
    except KeyError:
        raise MigrationMissing from None
    if isinstance(value["last_entity_id"], str):
        column = f'"{names().tables["website"]}"."{names().columns["last_entity_id"]}"'
        raise ConfigurationError(f"The column {column} has the type text, which cannot be used.")
    return Website(
        id=value["id"],
        domain=value["domain"] or "",
        api_url=value["api_url"],
        bearer_token=value["bearer_token"],
        api_key=value["api_key"],
        api_secret=value["api_secret"],
        store_id=None if value["store_id"] is None else str(value["store_id"]),
        watermark=value["last_entity_id"] or 0,
        floor=value["sync_floor"] or 0,
        auto_upload=bool(value["auto_upload_enabled"]),
        status=value["auto_upload_status"] or "STOPPED",
        interval=USUAL_INTERVAL if value["auto_upload_interval"] is None else value["auto_upload_interval"],
        run_id=value["sync_run_id"],
    )
