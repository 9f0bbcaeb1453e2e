"""Active runs over all websites, and those among them that are unadopted, stalled or superseded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db.run_record import run_from_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

ADOPTION_MINUTES = 2  # a queued run that no process has acquired after this is sent again
LEASE_MINUTES = 30  # a running run without a heartbeat for this long is closed


def count_active(transaction: Transaction) -> int:
    """Returns how many runs are queued or running, over all websites."""
    row = transaction.one("""SELECT count(*) AS runs FROM {run} WHERE "status" IN ('QUEUED', 'RUNNING')""")
    return int(row["runs"]) if row else 0


def queue_others_on_shop(transaction: Transaction, run_id: str, shop: str) -> Callable[[], int]:
    """Queues a count of the other runs that read this shop; stalled runs do not count. Calling the result returns it.

    Holds a lock on the shop until the transaction ends, so that two runs cannot both see a free place.
    """
    transaction.queue("SELECT pg_advisory_xact_lock(hashtextextended('magento-sync shop ' || %s, 0))", [shop])
    return transaction.queue(
        """
        SELECT count(*) AS runs FROM {run}
        WHERE "shop" = %(shop)s AND "status" = 'RUNNING' AND "id" <> %(run)s
            AND "heartbeatAt" > {now} - make_interval(mins => %(lease)s)
        """,
        {"shop": shop, "run": run_id, "lease": LEASE_MINUTES},
    ).value


def unadopted(transaction: Transaction) -> list[Run]:
    """Returns the queued runs past `ADOPTION_MINUTES`, and restarts their timer."""
    rows = transaction.all(
        """
        UPDATE {run} SET "heartbeatAt" = {now}
        WHERE "id" IN (
            SELECT "id" FROM {run}
            WHERE "status" = 'QUEUED'
                AND COALESCE("heartbeatAt", "queuedAt") < {now} - make_interval(mins => %(minutes)s)
            FOR UPDATE SKIP LOCKED
        )
        RETURNING *
        """,
        {"minutes": ADOPTION_MINUTES},
    )
    return [run_from_row(row) for row in rows]


def stalled(transaction: Transaction) -> list[Run]:
    """Returns the running runs without a heartbeat for `LEASE_MINUTES`."""
    rows = transaction.all(
        """
        SELECT * FROM {run} WHERE "status" = 'RUNNING' AND "heartbeatAt" < {now} - make_interval(mins => %(minutes)s)
        """,
        {"minutes": LEASE_MINUTES},
    )
    return [run_from_row(row) for row in rows]


def abandon(transaction: Transaction, run_id: str, message: str) -> Run | None:
    """Closes a stalled run as ABANDONED, which makes its website due at once; as STOPPED if that was requested.

    Returns:
        The closed run; None if it has a heartbeat again.
    """
    row = transaction.one(
        """
        UPDATE {run} SET
            "status" = CASE WHEN "stopRequestedAt" IS NULL THEN 'ABANDONED' ELSE 'STOPPED' END, "token" = NULL,
            "finishedAt" = {now}, "retryAt" = CASE WHEN "stopRequestedAt" IS NULL THEN {now} END,
            "errorCode" = CASE WHEN "stopRequestedAt" IS NULL THEN 'ABANDONED' END,
            "errorMessage" = CASE WHEN "stopRequestedAt" IS NULL THEN %(message)s END
        WHERE "id" = %(run)s AND "status" = 'RUNNING' AND "heartbeatAt" < {now} - make_interval(mins => %(minutes)s)
        RETURNING *
        """,
        {"run": run_id, "message": message, "minutes": LEASE_MINUTES},
    )
    return run_from_row(row) if row else None


def close_superseded(transaction: Transaction, message: str) -> list[Run]:
    """Closes and returns the active runs whose website was freed by hand or belongs to another run.

    No process can acquire them, and they would count against the limits for ever.
    """
    rows = transaction.all(
        """
        UPDATE {run} SET
            "status" = 'ABANDONED', "token" = NULL, "finishedAt" = {now}, "errorCode" = 'RUN_OVER', "errorMessage" = %s
        WHERE "id" IN (
            SELECT "id" FROM {run} AS r
            WHERE "status" IN ('QUEUED', 'RUNNING')
                AND NOT EXISTS (SELECT FROM {website} AS w WHERE w.{id} = r."websiteId" AND w.{sync_run_id} = r."id")
            FOR UPDATE SKIP LOCKED
        )
        RETURNING *
        """,
        [message],
    )
    return [run_from_row(row) for row in rows]


def record_abandoned(transaction: Transaction, run_id: str, website_id: str, message: str) -> None:
    """Inserts an abandoned run for a website that was RUNNING without a recorded run, which makes it due at once."""
    transaction.execute(
        """
        INSERT INTO {run}
            ("id", "websiteId", "shop", "trigger", "status", "queuedAt", "finishedAt", "retryAt",
            "errorCode", "errorMessage")
        VALUES (%s, %s, '', 'unknown', 'ABANDONED', {now}, {now}, {now}, 'ABANDONED', %s)
        """,
        [run_id, website_id, message],
    )
