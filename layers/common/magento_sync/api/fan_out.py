"""The schedule's work at once, for whoever looks after all websites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.api.models.syncs import FanOut
from magento_sync.db import schedule
from magento_sync.observability import metrics
from magento_sync.runs import dispatch

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.db.connection.database import Database
    from magento_sync.deadline import Deadline
    from magento_sync.runs.dispatch import Starter
    from magento_sync.settings import Settings

ENOUGH_SECONDS = 25.0  # an HTTP API gives up at 30


def fan_out_now(database: Database, settings: Settings, starter: Starter, caller: Caller, deadline: Deadline) -> FanOut:
    """Starts what is due, as far as there are places, within 25 seconds.

    Raises:
        ApiError: 403 for callers who are limited to some websites.
    """
    caller.check_unlimited()
    not_due = database.run(schedule.not_due)
    spare = max(deadline.seconds_left() - ENOUGH_SECONDS, 0.0)
    report = dispatch.fan_out(database, settings, starter, deadline.earlier(spare))
    # The operators' alarms count what is refused here too; no other route of this function has metrics.
    metrics.flush_metrics()
    return FanOut(
        started=report.started,
        sent_again=report.sent_again,
        waiting=report.waiting,
        not_due=not_due,
        refused=report.refused,
    )
