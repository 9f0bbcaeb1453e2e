"""Runs an invocation in its own process and kills it at a statement, a request to the shop, or an event for Lambda."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psycopg

from magento_sync.db.connection.database import Database
from magento_sync.deadline import Deadline
from magento_sync.errors import InvocationRefused
from magento_sync.magento.http.session import ShopSession
from magento_sync.magento.orders.read_ahead import LEAST_WAITING
from magento_sync.runs.dispatch import dispatch
from magento_sync.sync.website_sync import Sync
from tests.support.deadlines import deadline_with
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from multiprocessing.connection import Connection as Pipe

PAGE_SIZE = 3
GAP_WINDOW = 22
SMALL_GAP_WINDOW = 3  # so many orders are left to the last pages, which are not read ahead
TRANSACTIONS = 4  # after which no time is left for another page
MUCH, LITTLE = 900.0, 60.0  # seconds

Event = dict[str, str]


@dataclass(frozen=True)
class Invocation:
    """One invocation of a function.

    Attributes:
        url: The database's URL.
        credentials: The shop's credentials, as SSM holds them.
        event: The event of `site_sync`; None invokes the dispatcher.
        kill_at: The number of the point at which the process is killed; 0 for never.
        refuses: Whether Lambda refuses events.
        reads_ahead: Whether pages are read ahead over two connections.
    """

    url: str
    credentials: str
    event: Event | None
    kill_at: int = 0
    refuses: bool = False
    reads_ahead: bool = False


@dataclass
class Points:
    """Counts points of any thread, and kills the process at one of them.

    Attributes:
        passed: The description of each point, in order.
        commits: How many transactions were committed.
    """

    kill_at: int
    passed: list[str] = field(default_factory=list)
    commits: int = 0

    def reach(self, what: str) -> None:
        """Counts a point. No line of Python runs after the fatal point."""
        self.passed.append(what)
        if len(self.passed) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def run(invocation: Invocation, reports: Pipe) -> None:
    """Runs an invocation.

    Sends `("event", …)` for each event that Lambda accepts, and `("done", points)` at the end.
    """
    points = Points(invocation.kill_at)
    database = Database(lambda *, fresh=False: invocation.url)  # noqa: ARG005

    def send(website_id: str, run_id: str, trigger: str = "schedule") -> None:
        points.reach("before an event")
        if invocation.refuses:
            raise InvocationRefused
        reports.send(("event", {"websiteId": website_id, "runId": run_id, "trigger": trigger}))
        points.reach("after an event")

    def seconds_left() -> float:
        return MUCH if points.commits < TRANSACTIONS else LITTLE

    with (
        patch.object(psycopg.Connection, "wait", _counted_wait(points)),
        patch.object(ShopSession, "exchange", _counted_exchange(points)),
        patch("magento_sync.magento.orders.list_reader.LEAST_WAITING", 0 if invocation.reads_ahead else LEAST_WAITING),
        patch("magento_sync.sync.credentials.secure_parameter", return_value=invocation.credentials),
    ):
        window = SMALL_GAP_WINDOW if invocation.reads_ahead else GAP_WINDOW
        settings = replace(SETTINGS, page_size=PAGE_SIZE, gap_window=window, connections_per_sync=2)
        if invocation.event is None:
            with suppress(InvocationRefused):
                dispatch(database, settings, send, Deadline.after(MUCH))
        else:
            sync = Sync(database, settings, deadline_with(seconds_left), send)
            website_id, run_id = invocation.event["websiteId"], invocation.event["runId"]
            if invocation.event["trigger"] == "direct":
                sync.claim_and_run(website_id, run_id)
            else:
                sync.run(website_id, run_id)
    reports.send(("done", points.passed))
    database.close()


def _counted_wait(points: Points) -> Callable[..., Any]:
    """Returns a `wait` that counts. psycopg sends everything through it: statements, BEGIN, COMMIT, savepoints."""
    original = psycopg.Connection.wait

    def wait(self: psycopg.Connection, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        points.reach("before a statement")
        open_before = _open(self)
        result = original(self, gen, *args, **kwargs)
        if open_before and not _open(self):
            points.commits += 1
            points.reach("after a COMMIT")
        return result

    return wait


def _counted_exchange(points: Points) -> Callable[..., Any]:
    original = ShopSession.exchange

    def exchange(self: ShopSession, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        points.reach("before a request")
        try:
            return original(self, *args, **kwargs)
        finally:
            points.reach("after a request")

    return exchange


def _open(connection: psycopg.Connection) -> bool:
    return connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
