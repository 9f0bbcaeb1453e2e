"""Many callers who start a sync of the same website at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from magento_sync.api.auto_sync import AutoSync
from magento_sync.api.http.caller import Caller
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.prefer import parse_prefer
from magento_sync.deadline import Deadline
from tests.support.leases import another

if TYPE_CHECKING:
    from tests.support.system import System

CALLERS = 200
AT_ONCE = 40
"""Execution environments, each with its own connection. The local server allows a hundred."""


def test_two_hundred_concurrent_starts_give_one_run(system: System, database_url: str) -> None:
    website = system.add_website()
    started: list[str] = []
    gate = threading.Barrier(AT_ONCE)

    def start(*, website_id: str, run_id: str, trigger: str) -> None:  # noqa: ARG001
        started.append(run_id)

    def press(_environment: int) -> list[tuple[int, str | None]]:
        """Starts syncs one after the other; all environments begin at the same moment."""
        results: list[tuple[int, str | None]] = []
        with another(database_url) as database:
            syncs = AutoSync(database, Caller(), "nl")
            gate.wait(timeout=60)
            for _ in range(CALLERS // AT_ONCE):
                try:
                    response = syncs.start(start, website, parse_prefer("respond-async"), Deadline.after(29.0))
                    results.append((response.status, response.body.run.id))
                except ApiError as error:
                    run = error.related.get("run")
                    results.append((error.status, getattr(run, "id", None)))
        return results

    with ThreadPoolExecutor(AT_ONCE) as environments:
        responses = sorted(result for results in environments.map(press, range(AT_ONCE)) for result in results)

    [run] = [row["id"] for row in system.app.runs(website)]
    assert started == [run]
    assert responses == [(202, run)] + [(409, run)] * (CALLERS - 1)
