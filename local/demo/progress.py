"""The progress of runs, read from the database until all of them are finished."""

from __future__ import annotations

import time
from dataclasses import astuple, dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from local.errors import LocalStackError
from magento_sync.db import run_history
from magento_sync.db.run_record import FINISHED, Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from local.demo.websites import SyncedWebsite
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

MOST_RUNS = 20
POLL_SECONDS = 0.1
QUEUE_POLL_SECONDS = 1.0
STALL_SECONDS = 180.0
"""Seconds without any change until `watch` gives up; one page of a slow shop may take 90."""


@dataclass(frozen=True)
class Progress:
    """The progress of a website.

    Attributes:
        runs: Its runs since this `make run` began, newest first: a run that is resumed can end before the schedule
            starts another one.
    """

    website: SyncedWebsite
    runs: Sequence[Run] = ()

    @property
    def run(self) -> Run | None:
        """Its current run; None until there is one."""
        return self.runs[0] if self.runs else None

    @property
    def counts(self) -> Counts:
        """The orders of all its runs."""
        return Counts(*map(sum, zip(*(astuple(run.counts) for run in self.runs), strict=True)))

    @property
    def expected(self) -> int | None:
        """How many orders there are, in all its runs; None as long as the shop has not counted them."""
        if self.run is None or self.run.expected_orders is None:
            return None
        earlier = self.counts.orders_fetched - self.run.counts.orders_fetched
        return max(self.run.expected_orders + earlier, self.counts.orders_fetched)

    @property
    def finished(self) -> bool:
        """Whether the run is finished; an ABANDONED run is followed by another one."""
        return self.run is not None and self.run.status in FINISHED and self.run.status != "ABANDONED"

    @property
    def error_code(self) -> str | None:
        """The code of a failed run."""
        return self.run.error_code if self.finished and self.run else None

    @property
    def state(self) -> str:
        """The state in one word, with the code of a failed run."""
        if self.run is None or self.run.status in {"QUEUED", "ABANDONED"}:
            return "waiting"
        if self.error_code:
            return f"failed: {self.error_code}"
        return {"RUNNING": "reading", "COMPLETED": "done"}.get(self.run.status, "stopped")


def watch(
    database: Database,
    websites: Sequence[SyncedWebsite],
    failed_events: Callable[[], list[dict[str, Any]]],
    logs: Path,
) -> Iterator[list[Progress]]:
    """Yields the progress of all websites after every change, until all runs are finished.

    Raises:
        LocalStackError: A function failed, or nothing changes any more.
    """
    changed = polled = time.monotonic()
    before: list[Progress] | None = None
    while True:
        now = database.run(_progress, websites)
        if now != before:
            yield now
            before, changed = now, time.monotonic()
        if all(progress.finished for progress in now):
            return
        if time.monotonic() - polled > QUEUE_POLL_SECONDS:
            _raise_first(failed_events(), logs)
            polled = time.monotonic()
        if time.monotonic() - changed > STALL_SECONDS:
            waiting = ", ".join(progress.website.domain for progress in now if not progress.finished)
            raise LocalStackError(
                f"Nothing has changed for {STALL_SECONDS:.0f} seconds ({waiting}): see the functions' logs in {logs}. "
                "Imported data is kept; the same command continues the sync."
            )
        time.sleep(POLL_SECONDS)


def _progress(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> list[Progress]:
    return [Progress(website, _runs_since(transaction, website)) for website in websites]


def _runs_since(transaction: Transaction, website: SyncedWebsite) -> list[Run]:
    newest, _ = run_history.page(transaction, website.id, limit=MOST_RUNS)
    return list(takewhile(lambda run: run.id != website.previous_run, newest))


def _raise_first(records: list[dict[str, Any]], logs: Path) -> None:
    for record in records:
        context, payload = record.get("requestContext", {}), record.get("responsePayload") or {}
        function = context.get("functionArn", "").removesuffix(":$LATEST").rpartition(":")[2]
        reason = payload.get("errorMessage") or context.get("condition")
        raise LocalStackError(f"The function {function} failed: {reason} See its log in {logs}.")
