"""The scene of the crash points: a shop and a website with every kind of order, and AWS around them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from magento_sync.runs.claims import claim_website
from magento_sync.sync.website_sync import Sync
from tests.support.crash_child import GAP_WINDOW, MUCH, PAGE_SIZE, Event, Invocation, run
from tests.support.deadlines import deadline_with
from tests.support.leases import acquire
from tests.support.processes import PROCESSES
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.system import System

TABLES = ("Website", "Customer", "MagentoSyncRun", "MagentoSyncOrder")
KEPT = "kept"  # a schema with copies of the tables
MOST_INVOCATIONS = 40
FEWEST_PAGES = 5
FEWEST_PAGES_AHEAD = 3
LONG_AGO = 45  # minutes; longer than a lease
A_DAY = 24 * 60
DIRECT = "direct-crash"


@dataclass
class Scene:
    """The system at the moment before the run, which can be restored.

    Attributes:
        system: The system with its shop, which reading does not change.
        url: The database's URL.
        website: The website's id.
        events: The events that Lambda has accepted and not yet delivered.
        kills: How many invocations were killed.
        refusing: Whether Lambda refuses events until an invocation is killed.
        reading_ahead: Whether invocations read pages ahead.
    """

    system: System
    url: str
    website: str = ""
    events: list[Event | None] = field(default_factory=list)
    kills: int = 0
    refusing: bool = False
    reading_ahead: bool = False

    def prepare(self, *, long: bool) -> None:
        """Imports some orders by an earlier run, and then changes the shop and the app.

        Args:
            long: Whether a run reads several pages, with every kind of order; else one page.
        """
        shop = self.system.shop
        shop.orders.reset()
        self.website = self.system.add_website()
        mails = iter(f"customer{number}@example.com" for number in range(1, 100))
        for _ in range(4):
            shop.orders.add(store_id=1, customer_email=next(mails))
        late, never = shop.orders.reserve(), shop.orders.reserve()
        shop.orders.add(store_id=1, customer_email=next(mails))
        self._sync()
        shop.orders.commit(late, store_id=1, customer_email="late@example.com")
        assert never not in shop.orders.ids
        if long:
            self._add_every_kind_of_order(mails)
        shop.orders.add(store_id=1, customer_email=next(mails))
        shop.configure(max_page_size=PAGE_SIZE)
        self._keep()

    def _add_every_kind_of_order(self, mails: Iterator[str]) -> None:
        shop, app = self.system.shop, self.system.app
        deleted = app.customers(self.website)[0]
        app.rows.execute('DELETE FROM "Customer" WHERE "id" = %s', [deleted["id"]])
        first = shop.orders.get(2)
        assert first is not None
        again = {"customer_email": str(first["customer_email"]).upper()}
        shop.orders.add(store_id=1, **again, created_at=first["created_at"])
        shop.orders.add(store_id=1, **again, created_at="2026-02-02 02:02:02")
        shop.orders.add(store_id=1, customer_email=None)
        shop.orders.add(store_id=2, customer_email="elsewhere@example.com")
        for _ in range(4):
            shop.orders.add(store_id=1, customer_email=next(mails))
        shop.orders.reserve()
        damaged = shop.orders.add(store_id=1, customer_email="damaged@example.com")
        for _ in range(8):
            shop.orders.add(store_id=1, customer_email=next(mails))
        shop.failures.damage(damaged)

    def restore(self) -> None:
        """Restores the moment before the run."""
        copies = "".join(f'INSERT INTO "{table}" SELECT * FROM {KEPT}."{table}";' for table in TABLES)  # noqa: S608
        self.system.app.rows.execute(b'DELETE FROM "Customer"; DELETE FROM "Website";' + copies.encode())
        self.events.clear()
        self.kills = 0
        self.refusing = False

    def start_by_button(self) -> None:
        """Claims the website and sends the event, as the button does."""
        run_id = self.system.database.run(claim_website, self.website, trigger="manual").run_id
        self.events.append({"websiteId": self.website, "runId": run_id, "trigger": "manual"})

    def start_reading_ahead(self) -> None:
        """Starts by the button a run that reads pages ahead; no failure ends that."""
        self.reading_ahead = True
        self.system.shop.failures.heal()
        self.start_by_button()

    def start_directly(self) -> None:
        """Invokes `site_sync` with a website only."""
        self.events.append({"websiteId": self.website, "runId": DIRECT, "trigger": "direct"})

    def start_by_schedule(self) -> None:
        """Ticks the schedule after the website's interval."""
        self.let_pass(A_DAY)
        self.events.append(None)

    def start_refused(self) -> None:
        """Ticks the schedule while Lambda refuses events, so that the claim is given back."""
        self.start_by_schedule()
        self.refusing = True

    def start_after_a_death(self) -> None:
        """Ticks the schedule when a run has stalled."""
        self.start_by_button()
        event = self.events.pop()
        assert event is not None
        self.system.database.run(acquire, self.website, event["runId"], SETTINGS)
        self.start_by_schedule()

    def invoke(self, event: Event | None, kill_at: int = 0) -> list[str] | None:
        """Invokes a function; returns the points it passed, or None if it was killed."""
        credentials = json.dumps({"bearerToken": self.system.integration.access_token})
        here, there = PROCESSES.Pipe(duplex=False)
        refuses = self.refusing and not self.kills
        invocation = Invocation(self.url, credentials, event, kill_at, refuses, self.reading_ahead)
        process = PROCESSES.Process(target=run, args=(invocation, there))
        process.start()
        there.close()
        passed: list[str] | None = None
        try:
            while True:
                kind, what = here.recv()
                if kind == "event":
                    self.events.append(what)
                else:
                    passed = cast("list[str]", what)
        except EOFError:
            process.join()
        here.close()
        self.kills += passed is None
        assert process.exitcode == (0 if passed is not None else -9)
        return passed

    def deliver(self, kill_at: int = 0, *, retried: bool = True) -> list[str]:
        """Delivers events until Lambda has none; returns the points that were passed.

        Args:
            kill_at: The point, counted over all invocations, at which an invocation is killed; 0 for never.
            retried: Whether Lambda delivers the killed invocation's event again; otherwise all its events are lost.
        """
        reached: list[str] = []
        for _ in range(MOST_INVOCATIONS):
            if not self.events:
                return reached
            event = self.events.pop(0)
            left = 0 if self.kills else max(kill_at - len(reached), 0)
            passed = self.invoke(event, left)
            if passed is not None:
                reached += passed
            elif retried:
                self.events.insert(0, event)
            else:
                self.events.clear()
        raise AssertionError("events without an end")

    def let_pass(self, minutes: int) -> None:
        """Moves all times in the database back."""
        columns = {
            "Website": ("magentoAutoUploadLastRun", "magentoLastSync", "updatedAt"),
            "MagentoSyncRun": ("queuedAt", "startedAt", "heartbeatAt", "retryAt"),
        }
        for table, names in columns.items():
            changes = ", ".join(f'"{name}" = "{name}" - make_interval(mins => {minutes:d})' for name in names)
            self.system.app.rows.execute(f'UPDATE "{table}" SET {changes}'.encode())  # noqa: S608

    def next_schedules(self) -> None:
        """Ticks the schedule after the lease, which recovers the run, and after the interval. Lambda accepts events."""
        self.refusing = False
        for minutes in (LONG_AGO, A_DAY):
            self.let_pass(minutes)
            self.events.append(None)
            self.deliver()
            if self.done():
                return

    def done(self) -> bool:
        """Returns whether a run has completed since the start, and no run is active."""
        runs = self.system.app.runs(self.website)[1:]
        statuses = {row["status"] for row in runs}
        return "COMPLETED" in statuses and not statuses & {"QUEUED", "RUNNING"}

    def outcome(self) -> dict[str, Any]:
        """Returns the content of the tables without random ids and times."""
        app = self.system.app
        website = app.website(self.website)
        columns_of_customers = ("name", "email", "productName", "purchaseDate", "status")
        customers = sorted(
            tuple(str(row[name]) for name in columns_of_customers) for row in app.customers(self.website)
        )
        live = [row["status"] for row in app.runs(self.website) if row["status"] in {"QUEUED", "RUNNING"}]
        columns = (
            *("magentoLastEntityId", "magentoSyncFloor", "magentoAutoUploadStatus", "magentoSyncStatus"),
            "magentoSyncRunId",
        )
        return {
            "customers": customers,
            "ledger": app.ledger(self.website),
            "live": live,
            **{name: website[name] for name in columns},
        }

    def counted(self) -> dict[str, int]:
        """Returns the sums of the runs' counts; a page counts once, however often it was tried."""
        names = ("importedCustomers", "duplicates", "repeatPurchases", "withoutEmail")
        runs = self.system.app.runs(self.website)
        return {name: sum(row[name] for row in runs) for name in names}

    def check_long(self) -> None:
        """Checks that the long run had several pages, a continuation, and every outcome of an order."""
        run = max(self.system.app.runs(self.website), key=lambda row: row["ordersFetched"])
        assert run["ordersFetched"] >= FEWEST_PAGES * PAGE_SIZE
        assert run["invocations"] > 1
        assert (run["duplicates"], run["repeatPurchases"], run["withoutEmail"], run["failedOrders"]) == (1, 1, 1, 1)
        assert "late@example.com" in self.system.app.emails(self.website)
        assert "failed" in self.system.app.ledger(self.website).values()

    def check_reading_ahead(self) -> None:
        """Checks that several pages were read ahead, and that the run had a continuation."""
        ahead = [request for request in self.system.shop.requests if "lteq" in request.query.values()]
        assert len(ahead) >= FEWEST_PAGES_AHEAD
        assert self.system.app.runs(self.website)[-1]["invocations"] > 1

    def _sync(self) -> None:
        settings = replace(SETTINGS, page_size=PAGE_SIZE, gap_window=GAP_WINDOW)
        sync = Sync(self.system.database, settings, deadline_with(lambda: MUCH), lambda *_: None)
        sync.claim_and_run(self.website, "earlier")

    def _keep(self) -> None:
        execute = self.system.app.rows.execute
        execute(f"CREATE SCHEMA {KEPT}".encode())
        for table in TABLES:
            execute(f'CREATE TABLE {KEPT}."{table}" AS TABLE "{table}"'.encode())
