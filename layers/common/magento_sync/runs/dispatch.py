"""The dispatcher: recovers stalled runs, then starts a sync for every due website as places become free."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol

from magento_sync.errors import DatabaseUnavailable, InvocationRefused
from magento_sync.observability import count, logger
from magento_sync.runs import claims, recovery
from magento_sync.runs.reports import report_websites

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from magento_sync.db.connection.database import Database
    from magento_sync.db.schedule import DueWebsite
    from magento_sync.deadline import Deadline
    from magento_sync.runs.claims import Claim
    from magento_sync.settings import Settings

    Outcome = Literal["started", "refused", "late"]
    Invoke = Callable[[list[tuple[str, str]]], list[Outcome]]

INVOCATIONS_AT_ONCE = 10  # as many connections as botocore's client keeps
BATCH_SIZE = 500  # claims that AWS refuses, or for which the time is too short, are given back one by one
RESERVE_SECONDS = 10.0  # for the current start: AWS can be slow to accept an event
PAUSE_SECONDS = 2.0  # between two queries for a free place


class Starter(Protocol):
    """Starts a sync; several threads call it at once."""

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
    report_websites(database)
    report = DispatchReport()
    with ThreadPoolExecutor(INVOCATIONS_AT_ONCE) as pool:
        invoke = partial(_invoke, pool, start, deadline)
        _send_again(report, invoke, list(recovery.recover_stalled_runs(database)))
        waiting = database.run(claims.due)
        while waiting and deadline.seconds_left() >= RESERVE_SECONDS:
            waited = len(waiting)
            waiting = _start_due(database, settings, report, invoke, waiting)
            if len(waiting) == waited:
                if deadline.seconds_left() < RESERVE_SECONDS + PAUSE_SECONDS:
                    break
                pause(PAUSE_SECONDS)
    report.waiting += len(waiting)
    recovery.prune_runs(database, deadline)
    logger.info("The fan-out is finished", **asdict(report))
    count("FanOuts", 1)
    count("StartedSyncs", report.started)
    count("RefusedSyncs", report.refused)
    return report


def _send_again(report: DispatchReport, invoke: Invoke, unadopted: list[tuple[str, str]]) -> None:
    """Sends unadopted runs again; those that AWS refuses now are left for the next fan-out."""
    outcomes = Counter(invoke(unadopted))
    report.sent_again += outcomes["started"]
    report.refused += outcomes["refused"]
    report.waiting += outcomes["late"]


def _start_due(
    database: Database, settings: Settings, report: DispatchReport, invoke: Invoke, due: list[DueWebsite]
) -> list[DueWebsite]:
    """Starts due websites, from the longest overdue on, and returns those for which there is no place or time."""
    waiting: list[DueWebsite] = []
    for end in range(BATCH_SIZE, len(due) + BATCH_SIZE, BATCH_SIZE):
        batch = database.run(claims.claim_due, settings, due[end - BATCH_SIZE : end])
        waiting += batch.waiting
        outcomes = invoke([(claim.website_id, claim.run_id) for claim in batch.claims])
        for claim, outcome in zip(batch.claims, outcomes, strict=True):
            if outcome != "started":
                _give_back(database, claim)
        report.started += outcomes.count("started")
        report.refused += outcomes.count("refused")
        report.waiting += outcomes.count("late")
        if batch.is_full or "late" in outcomes:
            return waiting + due[end:]
    return waiting


def _invoke(pool: Executor, start: Starter, deadline: Deadline, runs: list[tuple[str, str]]) -> list[Outcome]:
    """Sends runs, several at a time, while the deadline leaves time. Only `start` runs outside of this thread."""

    def invoke(run: tuple[str, str]) -> Outcome:
        website_id, run_id = run
        if deadline.seconds_left() < RESERVE_SECONDS:
            return "late"
        try:
            start(website_id=website_id, run_id=run_id, trigger="schedule")
        except InvocationRefused as error:
            logger.error("AWS refused to start a sync", website_id=website_id, run_id=run_id, reason=str(error))
            return "refused"
        return "started"

    return list(pool.map(invoke, runs))


def _give_back(database: Database, claim: Claim) -> None:
    """Gives a claim back, or leaves its run for a later fan-out: one website must not delay the others."""
    try:
        given_back = database.run(claims.give_back, claim, wait=False)
    except DatabaseUnavailable as error:
        logger.error("Could not give a claim back", website_id=claim.website_id, reason=str(error))
    else:
        if not given_back:
            logger.warning("Did not give a claim back: its website is locked", website_id=claim.website_id)
