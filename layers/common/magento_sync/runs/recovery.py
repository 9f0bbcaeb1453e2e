"""Recovery: closes stalled and superseded runs, sends unadopted runs again, and deletes old runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import run_history, stale_runs, websites
from magento_sync.db.cuid import new_cuid
from magento_sync.messages import sentence
from magento_sync.observability import logger
from magento_sync.runs.reports import report_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.deadline import Deadline

MOST_BATCHES = 10  # of old runs: a thousand websites at 15 minutes make two batches between two fan-outs
RESERVE_SECONDS = 8.0  # no batch starts with less time left


def recover_stalled_runs(database: Database) -> Iterator[tuple[str, str]]:
    """Closes stalled and superseded runs, and yields website and run of those to send again."""
    for run in database.run(_find_stalled):
        closed = database.run(_close_stalled, run)
        if closed is not None:
            report_end(database, closed)
    superseded, unadopted = database.run(_close_superseded)
    for run in superseded:
        report_end(database, run)
    yield from ((run.website_id, run.id) for run in unadopted)


def prune_runs(database: Database, deadline: Deadline) -> None:
    """Deletes old runs in short transactions, while the deadline leaves time."""
    deleted = 0
    for _ in range(MOST_BATCHES):
        batch = database.run(run_history.prune)
        deleted += batch
        if batch < run_history.BATCH_SIZE or deadline.seconds_left() < RESERVE_SECONDS:
            break
    if deleted:
        logger.info("Deleted old runs", runs=deleted)


def _find_stalled(transaction: Transaction) -> list[Run]:
    """Returns the stalled runs, and frees websites that are RUNNING without a recorded run."""
    for website_id in websites.orphans(transaction, stale_runs.LEASE_MINUTES):
        stale_runs.record_abandoned(transaction, new_cuid(), website_id, sentence("ABANDONED"))
        websites.mark_abandoned(transaction, website_id)
    return stale_runs.stalled(transaction)


def _close_stalled(transaction: Transaction, run: Run) -> Run | None:
    """Closes and returns a run, unless it has a heartbeat again or its website is locked.

    A locked website is left for the next fan-out: all other websites would have to wait for it.
    """
    if not websites.try_lock(transaction, run.website_id):
        return None
    website = websites.lock_if_held_by(transaction, run.website_id, run.id)
    closed = stale_runs.abandon(transaction, run.id, sentence("ABANDONED"))
    if closed is None:
        return None
    if closed.status == "STOPPED":
        websites.release(transaction, run.website_id, run.id, error_code=None, outcome="stopped")
    elif website is not None:
        websites.mark_abandoned(transaction, run.website_id)
    return closed


def _close_superseded(transaction: Transaction) -> tuple[list[Run], list[Run]]:
    """Returns the superseded runs, now closed, and the unadopted runs."""
    return stale_runs.close_superseded(transaction, sentence("RUN_OVER")), stale_runs.unadopted(transaction)
