"""Stopping a run by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import runs, stale_runs, websites
from magento_sync.errors import Refusal

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run


def stop(transaction: Transaction, run_id: str) -> Run | None:
    """Stops a run: what waits ends at once, what reads ends after the page in hand.

    It may be asked for again. A run whose process has died ends when it is taken up again, or with its lease.

    Returns:
        The run afterwards: STOPPED, or still RUNNING with `stop_requested_at`. None if there is no such run.

    Raises:
        Refusal: `RUN_OVER`: it had ended before, and not because it was asked to stop.
    """
    run = runs.find(transaction, run_id)
    if run is None:
        return None
    # The website before the run, as everybody locks them.
    held = websites.hold(transaction, run.website_id, run_id)
    stopped = stale_runs.ask_to_stop(transaction, run_id, at_once=held is None)
    if stopped is None:
        stopped = runs.find(transaction, run_id)
        if stopped is not None and stopped.stop_requested_at is None:
            raise Refusal("RUN_OVER", run_id)
    elif stopped.status == "STOPPED":
        websites.release(transaction, run.website_id, run_id, error_code=None, outcome="stopped")
    return stopped
