"""`MagentoSyncRun`: the life of one run, with its progress and the token that rejects late writers."""

from __future__ import annotations

import secrets
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from magento_sync.db.json_parameters import json_object
from magento_sync.db.run_record import run_from_row

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Progress, Run
    from magento_sync.errors import ShopError


def find(transaction: Transaction, run_id: str) -> Run | None:
    """Returns the run with that id, if it exists."""
    row = transaction.queue('SELECT * FROM {run} WHERE "id" = %s', [run_id]).one()
    return run_from_row(row) if row else None


def newest(transaction: Transaction, website_id: str) -> Run | None:
    """Returns the website's latest run."""
    row = transaction.one(
        'SELECT * FROM {run} WHERE "websiteId" = %s ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1', [website_id]
    )
    return run_from_row(row) if row else None


def discard(transaction: Transaction, run_id: str) -> bool:
    """Deletes a run that could not be started, and returns whether it did: a run that was ever acquired stays."""
    # A run that was handed over is QUEUED again, hence the condition on its invocations.
    query = """DELETE FROM {run} WHERE "id" = %s AND "status" = 'QUEUED' AND "invocations" = 0"""
    return transaction.execute(query, [run_id]) > 0


def queue_lock(transaction: Transaction, run_id: str) -> Callable[[], Run | None]:
    """Queues a lock of the run; calling the result returns the run then, or None. Lock its website first."""
    answer = transaction.queue('SELECT * FROM {run} WHERE "id" = %s FOR NO KEY UPDATE', [run_id])

    def locked() -> Run | None:
        row = answer.one()
        return run_from_row(row) if row else None

    return locked


def acquire(transaction: Transaction, run: Run, shop: str, from_entity_id: int) -> Run:
    """Writes a fresh token and the shop into the locked run, so that its previous holder can write no more.

    The token is random because Lambda's retries of an asynchronous event keep its request id. Of the ids that the
    invocations read from, the first one's stays.
    """
    acquired = replace(
        run,
        token=secrets.token_urlsafe(18),
        shop=shop,
        status="RUNNING",
        invocations=run.invocations + 1,
        idle_invocations=run.idle_invocations + 1,
        from_entity_id=from_entity_id if run.from_entity_id is None else run.from_entity_id,
        to_entity_id=from_entity_id if run.to_entity_id is None else run.to_entity_id,
    )
    transaction.queue(
        """
        UPDATE {run} SET
            "token" = %s, "shop" = %s, "status" = 'RUNNING', "invocations" = %s, "idleInvocations" = %s,
            "fromEntityId" = %s, "toEntityId" = %s,
            "startedAt" = COALESCE("startedAt", {now}), "heartbeatAt" = {now}
        WHERE "id" = %s
        """,
        [
            acquired.token,
            acquired.shop,
            acquired.invocations,
            acquired.idle_invocations,
            acquired.from_entity_id,
            acquired.to_entity_id,
            acquired.id,
        ],
    )
    return acquired


def advance(transaction: Transaction, run: Run, progress: Progress) -> Run:
    """Stores a page's progress, with a heartbeat, and returns the run with it. Call it after the fence is verified."""
    advanced = run.after(progress)
    probed_up_to, exists_up_to = advanced.probe_cursor or (None, None)
    transaction.queue(
        """
        UPDATE {run} SET
            "expectedOrders" = %(expected)s, "ordersFetched" = %(orders_fetched)s,
            "importedCustomers" = %(imported)s, "duplicates" = %(duplicates)s,
            "repeatPurchases" = %(repeat_purchases)s, "withoutEmail" = %(without_email)s, "failedOrders" = %(failed)s,
            "toEntityId" = %(watermark)s, "heartbeatAt" = {now}, "idleInvocations" = 0,
            "probedUpTo" = %(probed_up_to)s, "existsUpTo" = %(exists_up_to)s,
            "method" = %(method)s, "methodReason" = %(method_reason)s
        WHERE "id" = %(run)s
        """,
        {
            **asdict(advanced.counts),
            "watermark": advanced.to_entity_id,
            "expected": advanced.expected_orders,
            "method": advanced.method,
            "method_reason": advanced.method_reason,
            "probed_up_to": probed_up_to,
            "exists_up_to": exists_up_to,
            "run": advanced.id,
        },
    )
    return advanced


def hand_over(transaction: Transaction, run: Run) -> Run:
    """Returns the run to the queue: the next invocation acquires it, or else the next fan-out sends it again."""
    transaction.queue("""UPDATE {run} SET "status" = 'QUEUED', "heartbeatAt" = {now} WHERE "id" = %s""", [run.id])
    return replace(run, status="QUEUED")


def finish(transaction: Transaction, run: Run, status: str) -> Run:
    """Ends the run without an error."""
    query = 'UPDATE {run} SET "status" = %s, "finishedAt" = {now}, "heartbeatAt" = {now} WHERE "id" = %s'
    transaction.queue(query, [status, run.id])
    return replace(run, status=status)


def fail(transaction: Transaction, run_id: str, error: ShopError, message: str) -> Run:
    """Ends the run as failed, and counts the website's failures in a row."""
    [row] = transaction.all(
        """
        UPDATE {run} SET
            "status" = 'FAILED', "finishedAt" = {now}, "heartbeatAt" = {now},
            "errorCode" = %(code)s, "errorMessage" = %(message)s, "errorParameters" = %(parameters)s,
            "refusedCredentials" = %(refused_credentials)s,
            "failuresInARow" = 1 + COALESCE((
                SELECT earlier."failuresInARow" FROM {run} AS earlier
                JOIN {run} AS this ON this."id" = %(run)s
                WHERE earlier."websiteId" = this."websiteId" AND earlier."queuedAt" <= this."queuedAt"
                    AND earlier."id" <> this."id" AND earlier."status" NOT IN ('ABANDONED', 'STOPPED')
                ORDER BY earlier."queuedAt" DESC, earlier."id" DESC LIMIT 1
            ), 0)
        WHERE "id" = %(run)s
        RETURNING *
        """,
        {
            "code": error.code,
            "message": message,
            "parameters": json_object(error.parameters),
            "refused_credentials": error.refused_credentials,
            "run": run_id,
        },
    )
    return run_from_row(row)


def request_stop(transaction: Transaction, run_id: str, *, at_once: bool) -> Run | None:
    """Asks the run to stop after its current page; ends it now if no process reads for it.

    The website's row must be locked. `at_once` ends even a RUNNING run, because its website has another run. Returns
    None if the run is finished.
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
    return run_from_row(row) if row else None


def record_newest_id_check(transaction: Transaction, run_id: str) -> None:
    """Stores that the shop's newest id was checked and is in order."""
    transaction.execute('UPDATE {run} SET "newestCheckedAt" = {now} WHERE "id" = %s', [run_id])


def was_refused(transaction: Transaction, fingerprint: str) -> bool:
    """Returns whether the shop has refused these very credentials, for any website, in the last 24 hours.

    Six failures in a row lock an account; one a day cannot, and an account that was locked for a while recovers.
    """
    query = """
        SELECT FROM {run} WHERE "refusedCredentials" = %s AND "finishedAt" > {now} - interval '24 hours' LIMIT 1
    """
    return transaction.one(query, [fingerprint]) is not None
