"""What operators see of runs and websites, in the log and in the metrics.

Nothing waits for it, and nothing fails with it: a query that the database does not answer leaves its metric out.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from magento_sync.db import health
from magento_sync.errors import DatabaseUnavailable
from magento_sync.observability import count, logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

P = ParamSpec("P")
Result = TypeVar("Result")

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
    if failed and _ask(database, health.has_now_failed_for_a_day, run.website_id):
        logger.error("The website has failed for 24 hours", website_id=run.website_id, error_code=run.error_code)
        count("NewlyFailingWebsites", 1)


def report_websites(database: Database) -> None:
    """Counts the websites by state, and names those that have failed for 24 hours. Call it before websites start."""
    state = _ask(database, health.websites)
    if state is None:
        return
    count("Websites", state.enabled)
    count("WebsitesInError", state.in_error)
    count("WebsitesFailingForADay", state.failing_for_a_day)
    count("LongestOverdueMinutes", state.longest_overdue_minutes)
    for website in state.longest_failing:
        # The dashboard lists these lines.
        logger.warning("A website fails for more than 24 hours", **asdict(website))


def _ask(
    database: Database, query: Callable[Concatenate[Transaction, P], Result], *args: P.args, **kwargs: P.kwargs
) -> Result | None:
    """Returns the query's result, or None if the database does not answer it."""
    try:
        return database.run(query, *args, **kwargs)
    except DatabaseUnavailable as error:
        logger.error("Could not read the state of websites for the metrics", reason=str(error))
        return None
