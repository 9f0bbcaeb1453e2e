"""Watches runs in the database until all of them are over."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.errors import LocalStackError
from magento_sync.db import runs
from magento_sync.db.run_record import FINISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from local.demo.websites import Site
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run

LOOK_SECONDS = 0.1
QUEUE_SECONDS = 1.0
"""How often the queue of failed events is looked into."""
PATIENCE = 180.0
"""Seconds without any change until something is taken to be wrong; a slow shop's page may take 90."""


@dataclass(frozen=True)
class Progress:
    """How far a website has come.

    Attributes:
        run: Its run of this time; None while it waits for one.
    """

    site: Site
    run: Run | None

    @property
    def over(self) -> bool:
        """Whether the run has ended; a run that died (ABANDONED) gets a successor, which is waited for."""
        return self.run is not None and self.run.status in FINISHED and self.run.status != "ABANDONED"

    @property
    def failed_code(self) -> str | None:
        """Why the run failed, if it did."""
        return self.run.error_code if self.over and self.run else None

    @property
    def state(self) -> str:
        """One word for people, with the code where it failed."""
        if self.run is None or self.run.status in {"QUEUED", "ABANDONED"}:
            return "waiting"
        if self.failed_code:
            return f"failed: {self.failed_code}"
        return {"RUNNING": "reading", "COMPLETED": "done"}.get(self.run.status, "stopped")


@dataclass(frozen=True)
class Watch:
    """Who is watched, and what tells that something went wrong.

    Attributes:
        failed_events: Gives the events that failed for good.
        logs: Where the functions' logs are.
        patience: Seconds without any change until the watch gives up.
    """

    database: Database
    sites: Sequence[Site]
    failed_events: Callable[[], list[dict[str, Any]]]
    logs: Path
    patience: float = PATIENCE

    def __iter__(self) -> Iterator[list[Progress]]:
        """Gives every change, the last one when all runs are over.

        Raises:
            LocalStackError: A function failed, or nothing moves any more.
        """
        changed = asked = time.monotonic()
        before: list[Progress] | None = None
        while True:
            now = self._look()
            if now != before:
                yield now
                before, changed = now, time.monotonic()
            if all(progress.over for progress in now):
                return
            if time.monotonic() - asked > QUEUE_SECONDS:
                self._complain_of(self.failed_events())
                asked = time.monotonic()
            if time.monotonic() - changed > self.patience:
                waiting = ", ".join(progress.site.domain for progress in now if not progress.over)
                raise LocalStackError(
                    f"Nothing has moved for {self.patience:.0f} seconds ({waiting}): the functions' logs in {self.logs} "
                    "say what they were doing. What was imported stays; run the same command again to go on."
                )
            time.sleep(LOOK_SECONDS)

    def _look(self) -> list[Progress]:
        pairs = zip(self.sites, self.database.run(_newest, self.sites), strict=True)
        return [Progress(site, run if run and run.id != site.run_before else None) for site, run in pairs]

    def _complain_of(self, events: list[dict[str, Any]]) -> None:
        if not events:
            return
        context, answer = events[0].get("requestContext", {}), events[0].get("responsePayload") or {}
        function = context.get("functionArn", "").removesuffix(":$LATEST").rpartition(":")[2]
        reason = answer.get("errorMessage") or context.get("condition")
        raise LocalStackError(f"The function {function} failed: {reason} Its log in {self.logs} says more.")


def _newest(transaction: Transaction, sites: Sequence[Site]) -> list[Run | None]:
    return [runs.newest(transaction, site.id) for site in sites]
