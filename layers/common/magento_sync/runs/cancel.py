"""Cancelling a run by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import runs, websites
from magento_sync.errors import Refusal

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run


def cancel_run(transaction: Transaction, run_id: str) -> Run | None:
    """Stops a queued run at once, and a running one after its current page. Calling it again changes nothing.

    A run whose process has died stops when it is acquired again, or when its lease ends.

    Returns:
        The run: STOPPED, or still RUNNING with `stop_requested_at`. None if it does not exist.

    Raises:
        Refusal: `RUN_OVER`: it had finished before, without a request to stop.
    """
    run = runs.find(transaction, run_id)
    if run is None:
        return None
    # Every transaction locks the website before the run.
    website = websites.lock_if_held_by(transaction, run.website_id, run_id)
    stopped = runs.request_stop(transaction, run_id, at_once=website is None)
    if stopped is None:
        stopped = runs.find(transaction, run_id)
        if stopped is not None and stopped.stop_requested_at is None:
            raise Refusal("RUN_OVER", run_id)
    elif stopped.status == "STOPPED":
        websites.release(transaction, run.website_id, run_id, error_code=None, outcome="stopped")
    return stopped
