"""The dispatcher: clears up, then starts a sync for every due website as places come free."""

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

RESERVE_SECONDS = 10.0  # kept for what is in hand: AWS may be slow to take one event
PAUSE_SECONDS = 2.0  # between looks for a free place


class Starter(Protocol):
    """Starts a sync."""

    def __call__(self, *, website_id: str, run_id: str, trigger: str) -> None:
        """Hands the run over; raises InvocationRefused."""


@dataclass
class DispatchReport:
    """What a dispatcher did.

    Attributes:
        started: Syncs started.
        sent_again: Runs that nobody had taken up, sent once more.
        refused: Syncs that could not be started; their claims were given back where their websites were not locked.
        waiting: Websites whose sync found no place, or no time; the next fan-out starts them.
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
    """Starts what is due, until nothing is or the time is nearly up.

    Raises:
        InvocationRefused: At the end, if any sync could not be started; all others were.
    """
    report = fan_out(database, settings, start, deadline, pause)
    if report.refused:
        raise InvocationRefused(
            f"{report.refused} syncs could not be started, {report.started} were. Check the dispatcher's permission to invoke "
            "site_sync and the account's concurrency."
        )
    return report


def fan_out(
    database: Database,
    settings: Settings,
    start: Starter,
    deadline: Deadline,
    pause: Callable[[float], None] = time.sleep,
) -> DispatchReport:
    """Starts what is due, until nothing is or the time is nearly up; what was refused is counted and told, not raised."""
    report = DispatchReport()
    unsent = 0
    for website_id, run_id in recovery.recover_stalled_runs(database):
        if deadline.seconds_left() < RESERVE_SECONDS:
            unsent += 1
        else:
            _send_again(report, start, website_id, run_id)
    passed_over: set[str] = set()
    while True:
        claimed, report.waiting = database.run(claims.claim_due, settings, passed_over)
        for claim in claimed:
            passed_over.add(claim.website_id)
            if deadline.seconds_left() < RESERVE_SECONDS:
                _give_back(database, claim)
                report.waiting += 1
            else:
                _start(database, report, start, claim)
        if not report.waiting or deadline.seconds_left() < RESERVE_SECONDS + PAUSE_SECONDS:
            break
        if not claimed:
            pause(PAUSE_SECONDS)
    report.waiting += unsent
    recovery.prune_runs(database, deadline)
    logger.info("The fan-out is done", **asdict(report))
    count("FanOuts", 1)
    count("StartedSyncs", report.started)
    count("RefusedSyncs", report.refused)
    return report


def _start(database: Database, report: DispatchReport, start: Starter, claim: Claim) -> None:
    try:
        start(website_id=claim.website_id, run_id=claim.run_id, trigger="schedule")
    except InvocationRefused as error:
        logger.error("A sync could not be started", website_id=claim.website_id, reason=str(error))
        _give_back(database, claim)
        report.refused += 1
    else:
        report.started += 1


def _give_back(database: Database, claim: Claim) -> None:
    """Gives a claim back, or leaves its run for a later fan-out: one website's row must not cost the others their sync."""
    try:
        given_back = database.run(claims.give_back, claim, wait=False)
    except DatabaseUnavailable as error:
        logger.error("A claim could not be given back", website_id=claim.website_id, reason=str(error))
    else:
        if not given_back:
            logger.warning("A claim was not given back: its website is locked", website_id=claim.website_id)


def _send_again(report: DispatchReport, start: Starter, website_id: str, run_id: str) -> None:
    """A run whose event was lost; where it cannot be sent now, the next fan-out tries again."""
    try:
        start(website_id=website_id, run_id=run_id, trigger="schedule")
    except InvocationRefused as error:
        logger.error("A waiting run could not be sent", website_id=website_id, reason=str(error))
        report.refused += 1
    else:
        report.sent_again += 1
