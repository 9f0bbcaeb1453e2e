"""How all websites are, once in each fan-out: for the alarms and the dashboard."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from magento_sync.db import health
from magento_sync.errors import DatabaseUnavailable
from magento_sync.observability import count, logger

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database


def report_websites(database: Database) -> None:
    """Counts the websites by state, and names those that have failed for 24 hours. Call it before websites start.

    Where the database does not answer that in time, no website has to wait for it.
    """
    try:
        state = database.run(health.websites)
    except DatabaseUnavailable as error:
        logger.error("Could not count the websites", reason=str(error))
        return
    count("Websites", state.enabled)
    count("WebsitesInError", state.in_error)
    count("WebsitesFailingForADay", state.failing_for_a_day)
    count("LongestOverdueMinutes", state.longest_overdue_minutes)
    for website in state.longest_failing:
        # The dashboard lists these lines.
        logger.warning("A website fails for more than 24 hours", **asdict(website))
