"""The dispatcher: recovers stalled runs, then starts a sync for every due website as places become free."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Protocol

from magento_sync.errors import DatabaseUnavailable, InvocationRefused
from magento_sync.observability import count, logger
from magento_sync.runs import claims, recovery

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from magento_sync.deadline import Deadline
    from magento_sync.runs.claims import Claim
    from magento_sync.settings import Settings

RESERVE_SECONDS = 10.0  # for the current start: AWS can be slow to accept an event
PAUSE_SECONDS = 2.0  # between two queries for a free place


class Starter(Protocol):
    """Starts a sync."""

    def __call__(self, *, website_id: str, run_id: str, trigger: str) -> None:
        """Sends the run to `site_sync`; raises InvocationRefused."""


@dataclass
class DispatchReport:
    """What a fan-out did.

    Attributes:
        started: Syncs started.
        sent_again: Unadopted runs sent again.
        refused: Syncs that AWS refused to start. Their claims were given back, except those of locked websites.
        waiting: Due websites for which there was no place, or no time; the next fan-out starts them.
    """

    started: int = 0
    sent_again: int = 0
    refused: int = 0
    waiting: int = 0


def dispatch(
    database: Database,
    settings: Settings,
    start: Starter,
    deadline: Deadline,
    pause: Callable[[float], None] = time.sleep,
) -> DispatchReport:
    """Starts every due sync, while the deadline leaves time.

    Raises:
        InvocationRefused: At the end, if AWS refused to start a sync; all others were started.
    """
    report = fan_out(database, settings, start, deadline, pause)
    if report.refused:
        raise InvocationRefused(
            f"AWS refused to start {report.refused} syncs; {report.started} were started. Check the dispatcher's "
            "permission to invoke site_sync and the account's concurrency."
        )
    return report


def fan_out(
    database: Database,
    settings: Settings,
    start: Starter,
    deadline: Deadline,
    pause: Callable[[float], None] = time.sleep,
) -> DispatchReport:
    """Starts every due sync, while the deadline leaves time. It counts refused syncs and raises nothing for them."""
    report = DispatchReport()
    unsent = 0
    for website_id, run_id in recovery.recover_stalled_runs(database):
        if deadline.seconds_left() < RESERVE_SECONDS:
            unsent += 1
        else:
            _send_again(report, start, website_id, run_id)
    claimed: set[str] = set()
    while True:
        batch, report.waiting = database.run(claims.claim_due, settings, claimed)
        for claim in batch:
            claimed.add(claim.website_id)
            if deadline.seconds_left() < RESERVE_SECONDS:
                _give_back(database, claim)
                report.waiting += 1
            else:
                _start(database, report, start, claim)
        if not report.waiting or deadline.seconds_left() < RESERVE_SECONDS + PAUSE_SECONDS:
            break
        if not batch:
            pause(PAUSE_SECONDS)
    report.waiting += unsent
    recovery.prune_runs(database, deadline)
    logger.info("The fan-out is finished", **asdict(report))
    count("FanOuts", 1)
    count("StartedSyncs", report.started)
    count("RefusedSyncs", report.refused)
    return report


def _start(database: Database, report: DispatchReport, start: Starter, claim: Claim) -> None:
    try:
        start(website_id=claim.website_id, run_id=claim.run_id, trigger="schedule")
    except InvocationRefused as error:
        logger.error("AWS refused to start a sync", website_id=claim.website_id, reason=str(error))
        _give_back(database, claim)
        report.refused += 1
    else:
        report.started += 1


def _give_back(database: Database, claim: Claim) -> None:
    """Gives a claim back, or leaves its run for a later fan-out: one website must not delay the others."""
    try:
        given_back = database.run(claims.give_back, claim, wait=False)
    except DatabaseUnavailable as error:
        logger.error("Could not give a claim back", website_id=claim.website_id, reason=str(error))
    else:
        if not given_back:
            logger.warning("Did not give a claim back: its website is locked", website_id=claim.website_id)


def _send_again(report: DispatchReport, start: Starter, website_id: str, run_id: str) -> None:
    """Sends an unadopted run again; if AWS refuses it now, the next fan-out tries again."""
    try:
        start(website_id=website_id, run_id=run_id, trigger="schedule")
    except InvocationRefused as error:
        logger.error("AWS refused to start an unadopted run", website_id=website_id, reason=str(error))
        report.refused += 1
    else:
        report.sent_again += 1
