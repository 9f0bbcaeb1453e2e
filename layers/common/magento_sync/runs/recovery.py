"""Clearing up: runs that died or were never taken up, and runs that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import run_pruning, stale_runs, websites
from magento_sync.db.connection.retries import retry_transaction
from magento_sync.db.cuid import new_cuid
from magento_sync.messages import sentence
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.db.connection.database import Database
    from magento_sync.db.run_record import Run

MOST_BATCHES = 10  # of old runs: a thousand websites at 15 minutes make two of them between two fan-outs
RESERVE_SECONDS = 8.0  # a batch is not begun without so much time


def recover_stalled_runs(database: Database) -> Iterator[tuple[str, str]]:
    """Closes runs that died, and gives website and run of those that have to be sent again."""
    for run in _look_for_the_dead(database):
        if _close(database, run):
            logger.warning("A run without a heartbeat was closed", website_id=run.website_id, run_id=run.id)
    replaced, waiting = _close_replaced(database)
    for run in replaced:
        logger.warning("A run that its website knows no more was closed", website_id=run.website_id, run_id=run.id)
    yield from ((run.website_id, run.id) for run in waiting)


def prune_runs(database: Database) -> None:
    """Removes old runs in short transactions, until none is left or the time is nearly up."""
    removed = 0
    for _ in range(MOST_BATCHES):
        batch = _prune_some(database)
        removed += batch
        if batch < run_pruning.BATCH_SIZE or database.seconds_left() < RESERVE_SECONDS:
            break
    if removed:
        logger.info("Old runs were removed", runs=removed)


@retry_transaction
def _prune_some(database: Database) -> int:
    with database.transaction() as transaction:
        return run_pruning.prune(transaction)


@retry_transaction
def _look_for_the_dead(database: Database) -> list[Run]:
    """The runs without a heartbeat; websites that are RUNNING without a run of ours are freed."""
    with database.transaction() as transaction:
        for website_id in websites.orphans(transaction, stale_runs.LEASE_MINUTES):
            stale_runs.enter_abandoned(transaction, new_cuid(), website_id, sentence("ABANDONED"))
            websites.mark_abandoned(transaction, website_id)
        return stale_runs.without_heartbeat(transaction)


@retry_transaction
def _close(database: Database, run: Run) -> bool:
    """Closes a run, unless it has moved since.

    Where somebody has locked its website, that is left for the next fan-out: all other websites would have to wait.
    """
    with database.transaction() as transaction:
        if not websites.lock_if_free(transaction, run.website_id):
            return False
        held = websites.hold(transaction, run.website_id, run.id)
        closed = stale_runs.abandon(transaction, run.id, sentence("ABANDONED"))
        if closed is None:
            return False
        if closed.status == "STOPPED":
            websites.release(transaction, run.website_id, run.id, error_code=None, outcome="stopped")
        elif held is not None:
            websites.mark_abandoned(transaction, run.website_id)
    return True


@retry_transaction
def _close_replaced(database: Database) -> tuple[list[Run], list[Run]]:
    """The runs that were closed because their website knows them no more, and those that have to be sent again."""
    with database.transaction() as transaction:
        return stale_runs.close_replaced(transaction, sentence("RUN_OVER")), stale_runs.not_taken_up(transaction)
