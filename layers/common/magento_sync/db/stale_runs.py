"""How long a run may be silent, and how many may go on at once: the runs that are under way, over all websites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db.run_record import run_of

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

ADOPTION_MINUTES = 2  # a claimed run that nobody took up is sent again after this
LEASE_MINUTES = 30  # a running one without a heartbeat is given up after this


def live(transaction: Transaction) -> list[Run]:
    """Runs that are queued or running, over all websites."""
    return [run_of(row) for row in transaction.all("""SELECT * FROM {run} WHERE "status" IN ('QUEUED', 'RUNNING')""")]


def other_runs_on_shop(transaction: Transaction, run_id: str, shop: str) -> int:
    """How many other runs are reading this shop; those without a heartbeat are dead and do not count.

    Takes the shop's lock until the transaction ends, so that two cannot count each other out at the same time.
    """
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('magento-sync shop ' || %s, 0))", [shop])
    row = transaction.one(
        """
        SELECT count(*) AS runs FROM {run}
        WHERE "shop" = %(shop)s AND "status" = 'RUNNING' AND "id" <> %(run)s
            AND "heartbeatAt" > {now} - make_interval(mins => %(lease)s)
        """,
        {"shop": shop, "run": run_id, "lease": LEASE_MINUTES},
    )
    return int(row["runs"]) if row else 0


def not_taken_up(transaction: Transaction) -> list[Run]:
    """Runs that were claimed or handed over, and that nobody took up in time; each is given another while to be."""
    rows = transaction.all(
        """
        UPDATE {run} SET "heartbeatAt" = {now}
        WHERE "id" IN (
            SELECT "id" FROM {run}
            WHERE "status" = 'QUEUED' AND COALESCE("heartbeatAt", "queuedAt") < {now} - make_interval(mins => %(minutes)s)
            FOR UPDATE SKIP LOCKED
        )
        RETURNING *
        """,
        {"minutes": ADOPTION_MINUTES},
    )
    return [run_of(row) for row in rows]


def without_heartbeat(transaction: Transaction) -> list[Run]:
    """Running ones whose lease has run out."""
    rows = transaction.all(
        """
        SELECT * FROM {run} WHERE "status" = 'RUNNING' AND "heartbeatAt" < {now} - make_interval(mins => %(minutes)s)
        """,
        {"minutes": LEASE_MINUTES},
    )
    return [run_of(row) for row in rows]


def abandon(transaction: Transaction, run_id: str, message: str) -> Run | None:
    """Closes a run whose lease has run out, unless it has moved since.

    Its website is due at once. A run that was to stop anyway ends as STOPPED, and its website waits for its interval.
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
    return run_of(row) if row else None


def close_replaced(transaction: Transaction, message: str) -> list[Run]:
    """Closes runs that go on in name only, because their website was freed by hand or given to another run.

    Nobody can take them up, and they would keep their places for ever.
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
    return [run_of(row) for row in rows]


def ask_to_stop(transaction: Transaction, run_id: str, *, at_once: bool) -> Run | None:
    """Notes that the run is to stop after the page in hand; one that nobody has in hand ends at once. None if it is over.

    Args:
        transaction: With the website's row locked.
        run_id: Which run.
        at_once: Whether it ends even if somebody seems to have it in hand.
    """
    row = transaction.one(
        """
        UPDATE {run} SET
            "stopRequestedAt" = COALESCE("stopRequestedAt", {now}),
            "status" = CASE WHEN %(at_once)s OR "status" = 'QUEUED' THEN 'STOPPED' ELSE "status" END,
            "finishedAt" = CASE WHEN %(at_once)s OR "status" = 'QUEUED' THEN {now} END
        WHERE "id" = %(run)s AND "status" IN ('QUEUED', 'RUNNING')
        RETURNING *
        """,
        {"run": run_id, "at_once": at_once},
    )
    return run_of(row) if row else None


def enter_abandoned(transaction: Transaction, run_id: str, website_id: str, message: str) -> None:
    """Notes in the history that a website was freed whose run is not one of ours; it is due at once."""
    transaction.execute(
        """
        INSERT INTO {run}
            ("id", "websiteId", "shop", "trigger", "status", "queuedAt", "finishedAt", "retryAt", "errorCode", "errorMessage")
        VALUES (%s, %s, '', 'unknown', 'ABANDONED', {now}, {now}, {now}, 'ABANDONED', %s)
        """,
        [run_id, website_id, message],
    )
