"""Measures the fan-out: how its time and its statements grow with the websites that are due."""

from __future__ import annotations

import itertools
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psycopg

from local.demo.tables import database_at
from magento_sync.deadline import Deadline
from magento_sync.runs.dispatch import PAUSE_SECONDS, RESERVE_SECONDS, fan_out
from magento_sync.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

INVOKE_SECONDS = 0.005
BUSY = 500
ROUNDS = 20
PLENTY = 3600.0


def measure(database_url: str, websites: int, invoke_seconds: float) -> tuple[float, int]:
    """Starts due websites of as many shops, without a limit of active runs.

    Args:
        database_url: A database with all tables, for nothing else: its websites are deleted.
        websites: How many are due.
        invoke_seconds: How long AWS takes to accept an event.

    Returns:
        The seconds of one fan-out, and its statements, with each BEGIN, COMMIT and check of the connection.
    """
    _fill(database_url, websites, busy=0)

    def start(**_event: str) -> None:
        time.sleep(invoke_seconds)

    with database_at(database_url) as database, _counted() as statements:
        began = time.perf_counter()
        report = fan_out(database, Settings("", "", "", max_running=0), start, Deadline.after(PLENTY))
        seconds = time.perf_counter() - began
    if report.started != websites:
        raise RuntimeError(f"{report.started} of {websites} websites were started.")
    return seconds, sum(statements)


def measure_round(database_url: str, websites: int) -> tuple[float, float]:
    """Starts websites, 500 of them of one shop, with 50 active runs at most: they end in each pause of the fan-out.

    Args:
        database_url: A database with all tables, for nothing else: its websites are deleted.
        websites: How many are due.

    Returns:
        The seconds and the statements from one pause to the next.
    """
    _fill(database_url, websites, busy=min(BUSY, websites))
    rounds: list[tuple[float, int]] = []

    def runs_end(_seconds: float) -> None:
        rounds.append((time.perf_counter(), sum(statements)))
        rows.execute("""UPDATE "MagentoSyncRun" SET "status" = 'COMPLETED' WHERE "status" = 'QUEUED'""")
        paused.append(time.perf_counter() - rounds[-1][0])

    paused: list[float] = []
    deadline = Deadline(RESERVE_SECONDS + PAUSE_SECONDS + ROUNDS, clock=lambda: float(len(rounds)))
    with (
        psycopg.connect(database_url, autocommit=True) as rows,
        database_at(database_url) as database,
        _counted() as statements,
    ):
        fan_out(database, Settings("", "", "", max_running=50), lambda **_event: None, deadline, runs_end)
    times = [later[0] - earlier[0] for earlier, later in itertools.pairwise(rounds)]
    seconds = statistics.median(time - pause for time, pause in zip(times, paused, strict=False))
    return seconds, (rounds[-1][1] - rounds[0][1]) / len(times)


def _fill(database_url: str, websites: int, busy: int) -> None:
    """Replaces all websites by new ones that are due, the busy shop's first."""
    with psycopg.connect(database_url, autocommit=True) as rows:
        rows.execute('TRUNCATE "Website" CASCADE')
        rows.execute(
            """
            INSERT INTO "Website" ("id", "domain", "magentoApiUrl", "magentoAutoUploadEnabled", "updatedAt")
            SELECT to_char(n, 'FM000000'), n || '.example',
                'https://' || CASE WHEN n <= %s THEN 'busy' ELSE n::text END || '.example', true, now()
            FROM generate_series(1, %s) AS n
            """,
            [busy, websites],
        )


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Counts what psycopg sends within a `with` block: everything goes through `wait`."""
    counts: list[int] = []
    original = psycopg.Connection.wait

    def wait(connection: Any, generator: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as psycopg calls it
        counts.append(1)
        return original(connection, generator, *args, **kwargs)

    with patch.object(psycopg.Connection, "wait", wait):
        yield counts
