"""`MagentoSyncRun`: the history and the live progress of syncs, and the token that fences late writers off."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from magento_sync.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from magento_sync.database import Row, Transaction

ADOPTION_MINUTES = 2  # a claimed run that nobody took up is sent again after this
LEASE_MINUTES = 30  # a running one without a heartbeat is given up after this
FIRST_RETRY_MINUTES = 15
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Counts:
    """What became of the orders of a page or a run."""

    orders_fetched: int = 0
    imported: int = 0
    duplicates: int = 0
    repeat_purchases: int = 0
    without_email: int = 0
    failed: int = 0

    @classmethod
    def of(cls, fetched: int, outcomes: Mapping[int, Outcome]) -> Counts:
        """Counts what became of orders, by id; those handled before stand in `fetched` only."""
        tally = Counter(outcomes.values())
        return cls(
            orders_fetched=fetched,
            imported=tally[Outcome.IMPORTED],
            duplicates=tally[Outcome.DUPLICATE],
            repeat_purchases=tally[Outcome.REPEAT_PURCHASE],
            without_email=tally[Outcome.NO_EMAIL],
            failed=tally[Outcome.FAILED],
        )


@dataclass(frozen=True)
class Run:
    """One sync of one website from claim to finish."""

    id: str
    website_id: str
    shop: str
    trigger: str
    status: str
    token: str | None
    method: str | None
    method_reason: str | None
    counts: Counts
    expected_orders: int | None
    from_entity_id: int | None
    to_entity_id: int | None
    error_code: str | None
    error_message: str | None
    error_parameters: Mapping[str, str | int]
    invocations: int
    queued_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None


def find(transaction: Transaction, run_id: str) -> Run | None:
    """The run, if there is one of that id."""
    row = transaction.one('SELECT * FROM {run} WHERE "id" = %s', [run_id])
    return _run(row) if row else None


def newest(transaction: Transaction, website_id: str) -> Run | None:
    """The website's latest run."""
    row = transaction.one(
        'SELECT * FROM {run} WHERE "websiteId" = %s ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1', [website_id]
    )
    return _run(row) if row else None


def queue(transaction: Transaction, run_id: str, website_id: str, *, shop: str, trigger: str) -> None:
    """Enters a claimed run that nobody has taken up yet."""
    transaction.execute(
        """
        INSERT INTO {run} ("id", "websiteId", "shop", "trigger", "status", "queuedAt")
        VALUES (%s, %s, %s, %s, 'QUEUED', {now})
        """,
        [run_id, website_id, shop, trigger],
    )


def forget(transaction: Transaction, run_id: str) -> bool:
    """Removes a run that could not be started, as if it had never been claimed; False if it was taken up after all."""
    # A run that was handed over is queued again, but not as if it had never been taken up.
    query = """DELETE FROM {run} WHERE "id" = %s AND "status" = 'QUEUED' AND "invocations" = 0"""
    return transaction.execute(query, [run_id]) > 0


def take_up(transaction: Transaction, run_id: str) -> Run | None:
    """Writes a fresh token into the run: from now on, whoever held it before is fenced off. None if it is over.

    The token is random because Lambda's retries of an asynchronous event keep its request id.
    """
    row = transaction.one(
        """
        UPDATE {run} SET
            "token" = %(token)s, "status" = 'RUNNING', "invocations" = "invocations" + 1,
            "startedAt" = COALESCE("startedAt", {now}), "heartbeatAt" = {now}
        WHERE "id" = %(run)s AND "status" IN ('QUEUED', 'RUNNING')
        RETURNING *
        """,
        {"token": secrets.token_urlsafe(18), "run": run_id},
    )
    return _run(row) if row else None


def still_ours(transaction: Transaction, run_id: str, token: str) -> bool:
    """The second half of the fence: the token is the one that we wrote. Call it with the website's row locked."""
    return (
        transaction.one(
            """SELECT FROM {run} WHERE "id" = %s AND "token" = %s AND "status" = 'RUNNING' FOR NO KEY UPDATE""",
            [run_id, token],
        )
        is not None
    )


@dataclass(frozen=True)
class Progress:
    """How far a page brought the run.

    Attributes:
        counts: The page's.
        watermark: The highest id handled.
        expected: How many orders were still to come before this page, by the shop's count, if it counts.
        method: How they were read.
        method_reason: Why not in the usual way.
    """

    counts: Counts
    watermark: int
    expected: int | None
    method: str
    method_reason: str | None


def advance(transaction: Transaction, run_id: str, progress: Progress) -> None:
    """Adds a page's counts, with a heartbeat. Call it with the fence proven."""
    transaction.execute(
        """
        UPDATE {run} SET
            "expectedOrders" = GREATEST("expectedOrders", "ordersFetched" + %(expected)s),
            "ordersFetched" = "ordersFetched" + %(orders_fetched)s,
            "importedCustomers" = "importedCustomers" + %(imported)s,
            "duplicates" = "duplicates" + %(duplicates)s,
            "repeatPurchases" = "repeatPurchases" + %(repeat_purchases)s,
            "withoutEmail" = "withoutEmail" + %(without_email)s,
            "failedOrders" = "failedOrders" + %(failed)s,
            "toEntityId" = %(watermark)s, "heartbeatAt" = {now},
            "method" = %(method)s, "methodReason" = %(method_reason)s
        WHERE "id" = %(run)s
        """,
        {
            **asdict(progress.counts),
            "watermark": progress.watermark,
            "expected": progress.expected,
            "method": progress.method,
            "method_reason": progress.method_reason,
            "run": run_id,
        },
    )


def begin(transaction: Transaction, run_id: str, from_entity_id: int) -> None:
    """Notes from where the run reads; the first invocation's word stays."""
    transaction.execute(
        """
        UPDATE {run} SET
            "fromEntityId" = COALESCE("fromEntityId", %(from_id)s), "toEntityId" = COALESCE("toEntityId", %(from_id)s)
        WHERE "id" = %(run)s
        """,
        {"from_id": from_entity_id, "run": run_id},
    )


def newest_to_be_checked(transaction: Transaction, run_id: str, website_id: str) -> bool:
    """Whether the shop's newest id was not looked at for a day; notes that this run does."""
    return bool(
        transaction.execute(
            """
            UPDATE {run} SET "newestCheckedAt" = {now}
            WHERE "id" = %(run)s AND NOT EXISTS (
                SELECT FROM {run} AS other WHERE other."websiteId" = %(website)s
                    AND other."newestCheckedAt" > {now} - interval '24 hours' + interval '1 minute'
            )
            """,
            {"run": run_id, "website": website_id},
        )
    )


def was_refused(transaction: Transaction, website_id: str, fingerprint: str) -> bool:
    """Whether the shop has refused these very credentials before."""
    query = 'SELECT FROM {run} WHERE "websiteId" = %s AND "refusedCredentials" = %s LIMIT 1'
    return transaction.one(query, [website_id, fingerprint]) is not None


def hand_over(transaction: Transaction, run_id: str) -> None:
    """Leaves the run as claimed: the next invocation takes it up, or else the next fan-out sends it again."""
    transaction.execute("""UPDATE {run} SET "status" = 'QUEUED', "heartbeatAt" = {now} WHERE "id" = %s""", [run_id])


def finish(transaction: Transaction, run_id: str, status: str) -> None:
    """Ends the run without an error."""
    transaction.execute(
        'UPDATE {run} SET "status" = %s, "finishedAt" = {now}, "heartbeatAt" = {now} WHERE "id" = %s', [status, run_id]
    )


def fail(  # noqa: PLR0913 - the columns of one row
    transaction: Transaction,
    run_id: str,
    *,
    code: str,
    message: str,
    parameters: Mapping[str, str | int],
    may_pass: bool,
    retry_after: float | None,
    interval: int,
    refused_credentials: str | None = None,
) -> None:
    """Ends the run as failed, with the time of the next try.

    What may pass is tried again after 15 minutes, doubling with every failure in a row up to the website's interval (minutes), but not
    before the shop's own `Retry-After` (seconds, a day at most). What only a person can mend waits for the interval.
    """
    transaction.execute(
        """
        UPDATE {run} SET
            "status" = 'FAILED', "finishedAt" = {now}, "heartbeatAt" = {now},
            "errorCode" = %(code)s, "errorMessage" = %(message)s, "errorParameters" = %(parameters)s,
            "refusedCredentials" = %(refused_credentials)s,
            "failuresInARow" = 1 + before.failures,
            "retryAt" = CASE WHEN %(may_pass)s THEN {now} + make_interval(secs => GREATEST(
                LEAST(%(first)s * 60 * 2 ^ LEAST(before.failures, 20), %(interval)s * 60.0), %(retry_after)s
            )) END
        FROM (
            SELECT COALESCE((
                SELECT earlier."failuresInARow" FROM {run} AS earlier
                JOIN {run} AS this ON this."id" = %(run)s
                WHERE earlier."websiteId" = this."websiteId" AND earlier."queuedAt" <= this."queuedAt" AND earlier."id" <> this."id"
                ORDER BY earlier."queuedAt" DESC LIMIT 1
            ), 0) AS failures
        ) AS before
        WHERE "id" = %(run)s
        """,
        {
            "code": code,
            "message": message,
            "parameters": Jsonb(dict(parameters)),
            "refused_credentials": refused_credentials,
            "may_pass": may_pass,
            "first": FIRST_RETRY_MINUTES,
            "interval": interval,
            "retry_after": float(min(retry_after or 0, LONGEST_RETRY_AFTER_SECONDS)),
            "run": run_id,
        },
    )


def live(transaction: Transaction) -> list[Run]:
    """Runs that are queued or running, over all websites."""
    return [_run(row) for row in transaction.all("""SELECT * FROM {run} WHERE "status" IN ('QUEUED', 'RUNNING')""")]


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
    return [_run(row) for row in rows]


def without_heartbeat(transaction: Transaction) -> list[Run]:
    """Running ones whose lease has run out."""
    rows = transaction.all(
        """
        SELECT * FROM {run} WHERE "status" = 'RUNNING' AND "heartbeatAt" < {now} - make_interval(mins => %(minutes)s)
        """,
        {"minutes": LEASE_MINUTES},
    )
    return [_run(row) for row in rows]


def abandon(transaction: Transaction, run_id: str, message: str) -> bool:
    """Closes a run whose lease has run out, unless it has moved since; its website is due at once."""
    return bool(
        transaction.execute(
            """
            UPDATE {run} SET
                "status" = 'ABANDONED', "token" = NULL, "finishedAt" = {now}, "retryAt" = {now},
                "errorCode" = 'ABANDONED', "errorMessage" = %(message)s
            WHERE "id" = %(run)s AND "status" = 'RUNNING' AND "heartbeatAt" < {now} - make_interval(mins => %(minutes)s)
            """,
            {"run": run_id, "message": message, "minutes": LEASE_MINUTES},
        )
    )


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


def _run(row: Row) -> Run:
    return Run(
        id=row["id"],
        website_id=row["websiteId"],
        shop=row["shop"],
        trigger=row["trigger"],
        status=row["status"],
        token=row["token"],
        method=row["method"],
        method_reason=row["methodReason"],
        counts=Counts(
            orders_fetched=row["ordersFetched"],
            imported=row["importedCustomers"],
            duplicates=row["duplicates"],
            repeat_purchases=row["repeatPurchases"],
            without_email=row["withoutEmail"],
            failed=row["failedOrders"],
        ),
        expected_orders=row["expectedOrders"],
        from_entity_id=row["fromEntityId"],
        to_entity_id=row["toEntityId"],
        error_code=row["errorCode"],
        error_message=row["errorMessage"],
        error_parameters=row["errorParameters"] or {},
        invocations=row["invocations"],
        queued_at=row["queuedAt"],
        started_at=row["startedAt"],
        heartbeat_at=row["heartbeatAt"],
        finished_at=row["finishedAt"],
    )
