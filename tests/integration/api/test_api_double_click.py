"""Many callers who press the button for one website at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from magento_sync.api.auto_sync import AutoSync
from magento_sync.api.http.caller import Caller
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.prefer import preference_of
from magento_sync.deadline import Deadline
from tests.support.leases import another

if TYPE_CHECKING:
    from tests.support.system import System

CALLERS = 200
AT_ONCE = 40
"""As many execution environments, each with a connection of its own; the local server takes a hundred."""


def test_two_hundred_callers_at_once_give_one_run(system: System, database_url: str) -> None:
    website = system.add_website()
    started: list[str] = []
    gate = threading.Barrier(AT_ONCE)

    def start(*, website_id: str, run_id: str, trigger: str) -> None:  # noqa: ARG001
        started.append(run_id)

    def press(_environment: int) -> list[tuple[int, str | None]]:
        """One environment's callers, one after the other; all environments begin at the same moment."""
        told: list[tuple[int, str | None]] = []
        with another(database_url) as database:
            syncs = AutoSync(database, Caller(), "nl")
            gate.wait(timeout=60)
            for _ in range(CALLERS // AT_ONCE):
                try:
                    answer = syncs.start(start, website, preference_of("respond-async"), Deadline.after(29.0))
                    told.append((answer.status, answer.body.run.id))
                except ApiError as error:
                    going = error.beside.get("run")
                    told.append((error.status, getattr(going, "id", None)))
        return told

    with ThreadPoolExecutor(AT_ONCE) as environments:
        answers = sorted(answer for told in environments.map(press, range(AT_ONCE)) for answer in told)

    [run] = [row["id"] for row in system.app.runs(website)]
    assert started == [run]
    assert answers == [(202, run)] + [(409, run)] * (CALLERS - 1)
