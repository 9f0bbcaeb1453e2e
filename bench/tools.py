"""The three programs under faults: each syncs a shop, can be killed, and shows what it has stored."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import psycopg

from bench.first_import import DLT, LOOP, OURS
from bench.programs import dlt_command, loop_command
from local.aws.functions.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.scene import Scene, TimedFunction

MOST_SECONDS = 30.0
"""A sync that takes longer is killed: the shops of the scenarios answer at once."""

MAIL_ALL = """UPDATE "Customer" SET "status" = 'SENT' WHERE "websiteId" = %s"""
STORED = 'SELECT "email", count(*) FROM "Customer" WHERE "websiteId" = %s GROUP BY 1'
MAILED = """SELECT count(*) FROM "Customer" WHERE "websiteId" = %s AND "status" = 'SENT'"""


class Tool(Protocol):
    """A program that imports the orders of one shop."""

    def sync(self) -> str:
        """Runs it once, and returns what became of it: an empty text, `failed`, `killed` or `endless`."""

    def kill(self) -> None:
        """Ends a sync that is running."""

    def stored(self) -> Counter[str]:
        """Returns how often each e-mail is stored."""

    def mail_all(self) -> None:
        """Does what the app does: mails all customers and notes it in their rows."""

    def mailed(self) -> int:
        """Returns how many customers are noted as mailed."""


class _OfCustomers:
    """A program that fills `Customer`."""

    def __init__(self, scene: Scene, shop: str) -> None:
        self._scene = scene
        self._shop = shop
        self._website_id = scene.add_website(shop)

    def stored(self) -> Counter[str]:
        """Returns how often each e-mail is stored."""
        return Counter(dict(self._scene.execute(STORED, (self._website_id,))))

    def mail_all(self) -> None:
        """Does what the app does: mails all customers and notes it in their rows."""
        self._scene.execute(MAIL_ALL, (self._website_id,))

    def mailed(self) -> int:
        """Returns how many customers are noted as mailed."""
        return int(self._scene.execute(MAILED, (self._website_id,))[0][0])


class Ours(_OfCustomers):
    """`site_sync`; after a kill the event is sent again, as Lambda does."""

    _event: Invocation | None = None
    _running: TimedFunction | None = None

    def sync(self) -> str:
        """Runs one invocation in a new process."""
        event = self._event or Invocation(json.dumps({"websiteId": self._website_id}).encode())
        self._event = event
        with self._scene.site_sync() as self._running, _time_limit(self.kill) as limit:
            try:
                summary = self._running.invoke(event).summary
            except RuntimeError:
                return limit.outcome
        self._event = None
        return "" if summary["status"] == "COMPLETED" else "failed"

    def kill(self) -> None:
        """Ends the invocation that is running."""
        if self._running:
            self._running.kill()


class _Program:
    """A program of `.venv-bench`."""

    _running: subprocess.Popen[bytes] | None = None

    def sync(self) -> str:
        """Runs it once."""
        arguments = self._command()
        self._running = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with _time_limit(self.kill) as limit:
            code = self._running.wait()
        return limit.outcome if code < 0 else "failed" if code else ""

    def kill(self) -> None:
        """Ends it, if it is running."""
        if self._running:
            self._running.kill()

    def _command(self) -> list[str]:
        raise NotImplementedError


class Loop(_Program, _OfCustomers):
    """The brief's loop."""

    def _command(self) -> list[str]:
        return loop_command(self._scene, self._shop, self._website_id)


class Dlt(_Program):
    """dlt, which fills a table of its own."""

    def __init__(self, scene: Scene, shop: str, dataset: str) -> None:
        self._scene = scene
        self._shop = shop
        self._dataset = dataset

    def stored(self) -> Counter[str]:
        """Returns how often each e-mail is stored."""
        with suppress(psycopg.errors.UndefinedTable):
            return Counter(
                dict(self._scene.execute(f"SELECT customer_email, count(*) FROM {self._dataset}.orders GROUP BY 1"))  # noqa: S608
            )
        return Counter()

    def mail_all(self) -> None:
        """Adds the app's column to dlt's table and fills it."""
        table = f"{self._dataset}.orders"
        self._scene.execute(f"ALTER TABLE {table} ADD COLUMN status text NOT NULL DEFAULT 'PENDING'")
        self._scene.execute(f"UPDATE {table} SET status = 'SENT'")  # noqa: S608

    def mailed(self) -> int:
        """Returns how many orders are noted as mailed."""
        found = self._scene.execute(f"SELECT count(*) FROM {self._dataset}.orders WHERE status = 'SENT'")  # noqa: S608
        return int(found[0][0])

    def _command(self) -> list[str]:
        return dlt_command(self._scene, self._shop, self._dataset)


def tool(name: str, scene: Scene, shop: str, dataset: str) -> Tool:
    """Returns the program of that name for a shop; `dataset` is the name of dlt's schema."""
    tools: dict[str, Callable[[], Tool]] = {
        OURS: lambda: Ours(scene, shop),
        LOOP: lambda: Loop(scene, shop),
        DLT: lambda: Dlt(scene, shop, dataset),
    }
    return tools[name]()


@dataclass
class _Limit:
    """Whether a time limit has ended a sync: then it is `endless`, otherwise somebody has killed it."""

    outcome: str = "killed"


@contextmanager
def _time_limit(kill: Callable[[], None]) -> Iterator[_Limit]:
    """Calls `kill` if the `with` block takes longer than the limit."""
    limit = _Limit()

    def end() -> None:
        limit.outcome = "endless"
        kill()

    timer = threading.Timer(MOST_SECONDS, end)
    timer.start()
    try:
        yield limit
    finally:
        timer.cancel()
