"""Clearing up: runs that died or were never taken up, and runs that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import run_pruning, stale_runs, websites
from magento_sync.db.cuid import new_cuid
from magento_sync.messages import sentence
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.deadline import Deadline

MOST_BATCHES = 10  # of old runs: a thousand websites at 15 minutes make two of them between two fan-outs
RESERVE_SECONDS = 8.0  # a batch is not begun without so much time


def recover_stalled_runs(database: Database) -> Iterator[tuple[str, str]]:
    """Closes runs that died, and gives website and run of those that have to be sent again."""
    for run in database.run(_look_for_the_dead):
        if database.run(_close, run):
            logger.warning("A run without a heartbeat was closed", website_id=run.website_id, run_id=run.id)
    replaced, waiting = database.run(_close_replaced)
    for run in replaced:
        logger.warning("A run that its website knows no more was closed", website_id=run.website_id, run_id=run.id)
    yield from ((run.website_id, run.id) for run in waiting)


def prune_runs(database: Database, deadline: Deadline) -> None:
    """Removes old runs in short transactions, until none is left or the time is nearly up."""
    removed = 0
    for _ in range(MOST_BATCHES):
        batch = database.run(run_pruning.prune)
        removed += batch
        if batch < run_pruning.BATCH_SIZE or deadline.seconds_left() < RESERVE_SECONDS:
            break
    if removed:
        logger.info("Old runs were removed", runs=removed)


def _look_for_the_dead(transaction: Transaction) -> list[Run]:
    """The runs without a heartbeat; websites that are RUNNING without a run of ours are freed."""
    for website_id in websites.orphans(transaction, stale_runs.LEASE_MINUTES):
        stale_runs.enter_abandoned(transaction, new_cuid(), website_id, sentence("ABANDONED"))
        websites.mark_abandoned(transaction, website_id)
    return stale_runs.without_heartbeat(transaction)


def _close(transaction: Transaction, run: Run) -> bool:
    """Closes a run, unless it has moved since.

    Where somebody has locked its website, that is left for the next fan-out: all other websites would have to wait.
    """
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


def _close_replaced(transaction: Transaction) -> tuple[list[Run], list[Run]]:
    """The runs that were closed because their website knows them no more, and those that have to be sent again."""
    return stale_runs.close_replaced(transaction, sentence("RUN_OVER")), stale_runs.not_taken_up(transaction)
