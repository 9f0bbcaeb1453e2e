"""Clearing up: runs that died or were never taken up, and runs that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync import leases, run_pruning, websites
from magento_sync.cuid import new_cuid
from magento_sync.messages import sentence
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.database import Database


def clear_up(database: Database) -> Iterator[tuple[str, str]]:
    """Closes runs that died, and gives website and run of those that have to be sent again."""
    with database.transaction() as transaction:
        dead = leases.without_heartbeat(transaction)
        for website_id in websites.orphans(transaction, leases.LEASE_MINUTES):
            leases.enter_abandoned(transaction, new_cuid(), website_id, sentence("ABANDONED"))
            websites.mark_abandoned(transaction, website_id)
    for run in dead:
        with database.transaction() as transaction:
            held = websites.hold(transaction, run.website_id, run.id)
            closed = leases.abandon(transaction, run.id, sentence("ABANDONED"))
            if closed is None:
                continue
            if closed.status == "STOPPED":
                websites.release(transaction, run.website_id, run.id, error_code=None, outcome="stopped")
            elif held is not None:
                websites.mark_abandoned(transaction, run.website_id)
        logger.warning("A run without a heartbeat was closed", website_id=run.website_id, run_id=run.id)
    with database.transaction() as transaction:
        for run in leases.close_replaced(transaction, sentence("RUN_OVER")):
            logger.warning("A run that its website knows no more was closed", website_id=run.website_id, run_id=run.id)
        waiting = leases.not_taken_up(transaction)
    yield from ((run.website_id, run.id) for run in waiting)


def prune_runs(database: Database) -> None:
    """Removes old runs, some at a time."""
    with database.transaction() as transaction:
        removed = run_pruning.prune(transaction)
    if removed:
        logger.info("Old runs were removed", runs=removed)
