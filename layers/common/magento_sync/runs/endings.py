"""The end of a run, in the log and in the metrics."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from magento_sync.db import health
from magento_sync.observability import count, logger

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.run_record import Run

METRICS = {
    "COMPLETED": "CompletedSyncs",
    "STOPPED": "StoppedSyncs",
    "FAILED": "FailedSyncs",
    "ABANDONED": "AbandonedSyncs",
}


def report_end(database: Database, run: Run) -> None:
    """Writes the one line that a run leaves in the log when it ends, and counts the run and its orders.

    Once in a row of failures, it also reports that the website has failed for 24 hours. Call it when the end is
    committed: a transaction may be repeated.
    """
    failed = run.status in {"FAILED", "ABANDONED"}
    (logger.warning if failed else logger.info)(
        "A run has ended",
        website_id=run.website_id,
        run_id=run.id,
        status=run.status,
        trigger=run.trigger,
        method=run.method,
        error_code=run.error_code,
        invocations=run.invocations,
        **asdict(run.counts),
    )
    count(METRICS[run.status], 1)
    count("OrdersRead", run.counts.orders_fetched)
    count("ImportedCustomers", run.counts.imported)
    count("QuarantinedOrders", run.counts.failed)
    if failed and database.run(health.has_now_failed_for_a_day, run.website_id):
        logger.error("The website has failed for 24 hours", website_id=run.website_id, error_code=run.error_code)
        count("NewlyFailingWebsites", 1)
