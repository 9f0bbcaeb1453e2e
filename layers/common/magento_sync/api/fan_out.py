"""Does the schedule's work now, for callers with access to all websites."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from magento_sync.api.models.syncs import FanOut
from magento_sync.db import schedule
from magento_sync.runs import dispatch

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.db.connection.database import Database
    from magento_sync.deadline import Deadline
    from magento_sync.runs.dispatch import Starter
    from magento_sync.settings import Settings

MAX_SECONDS = 25.0  # API Gateway times out after 30


def fan_out_now(database: Database, settings: Settings, starter: Starter, caller: Caller, deadline: Deadline) -> FanOut:
    """Starts the due syncs for which there are free places, within `MAX_SECONDS`.

    Raises:
        ApiError: 403 for callers limited to some websites.
    """
    caller.check_all_websites()
    not_due = database.run(schedule.count_not_due)
    spare = max(deadline.seconds_left() - MAX_SECONDS, 0.0)
    report = dispatch.fan_out(database, settings, starter, deadline.earlier(spare))
    return FanOut(not_due=not_due, **asdict(report))
