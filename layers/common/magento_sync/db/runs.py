"""`MagentoSyncRun`: the history and the live progress of syncs, and the token that fences late writers off."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING

from psycopg.types.json import Jsonb

from magento_sync.db.run_record import run_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Progress, Run

FIRST_RETRY_MINUTES = 15
LONGEST_RETRY_AFTER_SECONDS = 24 * 3600
LARGEST_COUNT = 2**31 - 1  # what the column holds; a shop may count as it likes


def find(transaction: Transaction, run_id: str) -> Run | None:
    """The run, if there is one of that id."""
    row = transaction.one('SELECT * FROM {run} WHERE "id" = %s', [run_id])
    return run_of(row) if row else None


def newest(transaction: Transaction, website_id: str) -> Run | None:
    """The website's latest run."""
    row = transaction.one(
        'SELECT * FROM {run} WHERE "websiteId" = %s ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1', [website_id]
    )
    return run_of(row) if row else None


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


def acquire(transaction: Transaction, run_id: str, shop: str) -> Run | None:
    """Writes a fresh token into the run, and which shop it reads: from now on, whoever held it before is fenced off. None if it is over.

    The token is random because Lambda's retries of an asynchronous event keep its request id.
    """
    row = transaction.one(
        """
        UPDATE {run} SET
            "token" = %(token)s, "shop" = %(shop)s, "status" = 'RUNNING', "invocations" = "invocations" + 1,
            "idleInvocations" = "idleInvocations" + 1,
            "startedAt" = COALESCE("startedAt", {now}), "heartbeatAt" = {now}
        WHERE "id" = %(run)s AND "status" IN ('QUEUED', 'RUNNING')
        RETURNING *
        """,
        {"token": secrets.token_urlsafe(18), "shop": shop, "run": run_id},
    )
    return run_of(row) if row else None


def still_ours(transaction: Transaction, run_id: str, token: str) -> Run | None:
    """The second half of the fence: the run, if its token is the one that we wrote. Call it with the website's row locked."""
    row = transaction.one(
        """SELECT * FROM {run} WHERE "id" = %s AND "token" = %s AND "status" = 'RUNNING' FOR NO KEY UPDATE""",
        [run_id, token],
    )
    return run_of(row) if row else None


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


def advance(transaction: Transaction, run_id: str, progress: Progress) -> None:
    """Adds a page's counts, with a heartbeat. Call it with the fence proven."""
    transaction.execute(
        """
        UPDATE {run} SET
            "expectedOrders" = CASE WHEN %(method)s <> 'probing'
                THEN LEAST(GREATEST("expectedOrders", "ordersFetched" + %(expected)s::bigint), %(most)s) END,
            "ordersFetched" = "ordersFetched" + %(orders_fetched)s,
            "importedCustomers" = "importedCustomers" + %(imported)s,
            "duplicates" = "duplicates" + %(duplicates)s,
            "repeatPurchases" = "repeatPurchases" + %(repeat_purchases)s,
            "withoutEmail" = "withoutEmail" + %(without_email)s,
            "failedOrders" = "failedOrders" + %(failed)s,
            "toEntityId" = %(watermark)s, "heartbeatAt" = {now}, "idleInvocations" = 0,
            "probedUpTo" = COALESCE(%(probed_up_to)s, "probedUpTo"), "existsUpTo" = COALESCE(%(exists_up_to)s, "existsUpTo"),
            "method" = %(method)s, "methodReason" = %(method_reason)s
        WHERE "id" = %(run)s
        """,
        {
            **asdict(progress.counts),
            "watermark": progress.watermark,
            "expected": progress.expected,
            "most": LARGEST_COUNT,
            "method": progress.method,
            "method_reason": progress.method_reason,
            "probed_up_to": progress.probed.up_to if progress.probed else None,
            "exists_up_to": progress.probed.exists_up_to if progress.probed else None,
            "run": run_id,
        },
    )


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
    is_transient: bool,
    retry_after: float | None,
    no_later_than: datetime | None,
    refused_credentials: str | None = None,
) -> None:
    """Ends the run as failed, with the time of the next try.

    What may pass is tried again after 15 minutes, doubling with every failure in a row, and no later than a website that does not fail.
    But not before the shop's own `Retry-After` (seconds, a day at most). What only a person can mend waits for the interval.
    """
    transaction.execute(
        """
        UPDATE {run} SET
            "status" = 'FAILED', "finishedAt" = {now}, "heartbeatAt" = {now},
            "errorCode" = %(code)s, "errorMessage" = %(message)s, "errorParameters" = %(parameters)s,
            "refusedCredentials" = %(refused_credentials)s,
            "failuresInARow" = 1 + before.failures,
            "retryAt" = CASE WHEN %(may_pass)s THEN GREATEST(
                LEAST({now} + make_interval(mins => %(first)s * (2 ^ LEAST(before.failures, 20))::int), %(no_later_than)s::timestamp),
                {now} + make_interval(secs => %(retry_after)s)
            ) END
        FROM (
            SELECT COALESCE((
                SELECT earlier."failuresInARow" FROM {run} AS earlier
                JOIN {run} AS this ON this."id" = %(run)s
                WHERE earlier."websiteId" = this."websiteId" AND earlier."queuedAt" <= this."queuedAt" AND earlier."id" <> this."id"
                    AND earlier."status" NOT IN ('ABANDONED', 'STOPPED')
                ORDER BY earlier."queuedAt" DESC, earlier."id" DESC LIMIT 1
            ), 0) AS failures
        ) AS before
        WHERE "id" = %(run)s
        """,
        {
            "code": code,
            "message": message,
            "parameters": Jsonb(dict(parameters)),
            "refused_credentials": refused_credentials,
            "may_pass": is_transient,
            "first": FIRST_RETRY_MINUTES,
            "no_later_than": no_later_than,
            "retry_after": float(min(retry_after or 0, LONGEST_RETRY_AFTER_SECONDS)),
            "run": run_id,
        },
    )


def first_import_began(transaction: Transaction, website_id: str, run_id: str | None) -> datetime | None:
    """When the run was queued (UTC) that began the website's first import: the first to bring orders from the very beginning on.

    That may be the given run itself; it has to be taken up.
    """
    row = transaction.one(
        """
        SELECT min("queuedAt") AS began FROM {run}
        WHERE "websiteId" = %s AND "fromEntityId" = 0 AND ("ordersFetched" > 0 OR "id" = %s)
        """,
        [website_id, run_id],
    )
    return row["began"] if row else None


def newest_to_be_checked(transaction: Transaction, website_id: str) -> bool:
    """Whether the shop's newest id was not found in order within a day."""
    query = """
        SELECT FROM {run} WHERE "websiteId" = %s AND "newestCheckedAt" > {now} - interval '24 hours' + interval '1 minute'
        LIMIT 1
    """
    return transaction.one(query, [website_id]) is None


def note_newest_checked(transaction: Transaction, run_id: str) -> None:
    """Notes that the shop's newest id was found in order."""
    transaction.execute('UPDATE {run} SET "newestCheckedAt" = {now} WHERE "id" = %s', [run_id])


def was_refused(transaction: Transaction, fingerprint: str) -> bool:
    """Whether the shop has refused these very credentials before, for whatever website."""
    query = """SELECT FROM {run} WHERE "status" = 'FAILED' AND "refusedCredentials" = %s LIMIT 1"""
    return transaction.one(query, [fingerprint]) is not None
