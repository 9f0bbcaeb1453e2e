"""The shop, the app and the system, each with its plain model; every act changes both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.model.website import Customer, PlainWebsite

if TYPE_CHECKING:
    from tests.support.app import Row
    from tests.support.model.orders import PlainOrder
    from tests.support.model.watch import WatchedDatabase
    from tests.support.system import System

DOMAINS = {
    "mokken.example": frozenset({1}),
    "mokken.example/nl": frozenset({2}),
    "lampen.example": frozenset({3, 4}),
}
INDEX = '"Customer_websiteId_email_key"'
LIVE = {"QUEUED", "RUNNING"}
TIMES = {
    "Website": ["magentoAutoUploadLastRun", "magentoLastSync", "updatedAt"],
    "MagentoSyncRun": [
        "newestCheckedAt",
        "queuedAt",
        "startedAt",
        "heartbeatAt",
        "finishedAt",
        "retryAt",
        "stopRequestedAt",
    ],
    "MagentoSyncOrder": ["nextAttemptAt", "recordedAt"],
}


@dataclass
class World:
    """The actual and the expected state.

    Attributes:
        system: The real system.
        database: Its connection.
        other: The connection of another execution environment.
        window: GAP_WINDOW.
        index: Whether the app's unique index exists.
        websites: The models of the websites, by id; without deleted websites.
        orders: The orders that the shop shows.
        open: The orders of checkouts that have not committed.
        last_id: The last id drawn.
        under_way: Whether a run is active, so that a new order may be too late for its next page.
        troubled: Whether the shop has failed since the last quiet moment.
        by_probing: Runs that have probed.
    """

    system: System
    database: WatchedDatabase
    other: WatchedDatabase
    window: int
    index: bool = True
    websites: dict[str, PlainWebsite] = field(default_factory=dict)
    orders: dict[int, PlainOrder] = field(default_factory=dict)
    open: list[PlainOrder] = field(default_factory=list)
    last_id: int = 0
    under_way: bool = False
    troubled: bool = False
    by_probing: set[str] = field(default_factory=set)

    def add_website(self, domain: str, watermark: int = 0) -> None:
        """Adds a website; with a watermark if an earlier system has synced it."""
        website_id = self.system.add_website(domain, magentoLastEntityId=watermark or None)
        self.websites[website_id] = plain = PlainWebsite(DOMAINS[domain], watermark=watermark)
        for order in self.orders.values():
            if order.id > watermark:
                plain.promise(order, watermark, 0)

    def delete_website(self, website_id: str) -> None:
        """Deletes a website and its customers, as the app does."""
        for table, column in (("Customer", "websiteId"), ("Website", "id")):
            self.system.app.rows.execute(f'DELETE FROM "{table}" WHERE "{column}" = %s'.encode(), [website_id])  # noqa: S608
        del self.websites[website_id]

    def show(self, order: PlainOrder) -> None:
        """Commits an order in the shop."""
        self.orders[order.id] = order
        self.system.shop.orders.commit(order.id, **order.columns)
        for plain in self.websites.values():
            plain.promise(order, self.last_id if self.under_way else plain.watermark, self.window)

    def rows(self, website_id: str) -> list[Row]:
        """Returns a website's customers, in the same order for the same steps."""
        return sorted(self.system.app.customers(website_id), key=lambda row: (str(customer_of(row)), row["createdAt"]))

    def pass_time(self, minutes: int) -> None:
        """Makes every time in the database that much older."""
        for table, columns in TIMES.items():
            changes = ", ".join(f'"{name}" = "{name}" - make_interval(mins => {minutes})' for name in columns)
            self.system.app.rows.execute(f'UPDATE "{table}" SET {changes}'.encode())  # noqa: S608

    def observe(self) -> None:
        """Applies what has been committed since the last call, and compares all tables with the model."""
        rows = self._by_website("Website", "id")
        runs, ledger = self._by_website("MagentoSyncRun"), self._by_website("MagentoSyncOrder")
        customers = self._by_website("Customer")
        assert set(rows) == set(self.websites)
        for website_id, plain in self.websites.items():
            [row] = rows[website_id]
            self._follow(plain, row["magentoSyncRunId"], runs.get(website_id, []), ledger.get(website_id, []))
            probing = any(run["method"] == "probing" and run["status"] in LIVE for run in runs.get(website_id, []))
            plain.read_again(row["magentoLastEntityId"] or 0, by_probing=probing)
            marks = (row["magentoLastEntityId"] or 0, row["magentoSyncFloor"] or 0)
            assert marks == (plain.watermark, plain.floor), (marks, plain)
            there = Counter(map(customer_of, customers.get(website_id, [])))
            assert there == plain.customers, (there, plain)
            _check_run(row, runs.get(website_id, []), plain)

    def _by_website(self, table: str, column: str = "websiteId") -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.system.app.rows.execute(f'SELECT * FROM "{table}"'.encode()):  # noqa: S608
            found.setdefault(row[column], []).append(row)
        return found

    def _follow(self, plain: PlainWebsite, holder: str | None, runs: list[Row], ledger: list[Row]) -> None:
        now = {run["id"]: (run["status"], run["token"]) for run in runs}
        probing = {run["id"] for run in runs if run["method"] == "probing"}
        self.by_probing |= probing
        for run, (status, token) in now.items():
            if status == "RUNNING" and token != plain.runs.get(run, ("", None))[1]:
                plain.acquired()
        for row in sorted(ledger, key=lambda row: int(row["orderId"])):
            order_id = row["orderId"]
            before = (plain.ledger.get(order_id), plain.reasons.get(order_id))
            if before[0] in {None, "failed"} and before != (row["outcome"], row["reasonCode"]):
                assert row["runId"] not in plain.fenced
                # While probing, an id that fails may have no order; and a retry proves nothing about lower ids.
                fails = row["reasonCode"] == "ORDER_DAMAGED" and row["runId"] in probing
                self._handle(plain, row, lifts=before[0] is None and not fails)
        for run, (status, token) in now.items():
            if plain.runs.get(run, ("", None))[0] == "RUNNING" and status in {"COMPLETED", "STOPPED"} and token:
                plain.completed(self.window)
        plain.runs = now
        plain.fenced |= {run for run, (status, _) in now.items() if status in LIVE and run != holder}
        outcomes = {row["orderId"]: row["outcome"] for row in ledger}
        assert outcomes == plain.ledger, (outcomes, plain)
        for row in ledger:
            assert (row["nextAttemptAt"] is not None) == (row["outcome"] == "failed")
            assert row["reasonCode"] == plain.reasons.get(row["orderId"])

    def _handle(self, plain: PlainWebsite, row: Row, *, lifts: bool) -> None:
        order_id, run = row["orderId"], row["runId"]
        seems_damaged = row["reasonCode"] == "ORDER_DAMAGED" and self.troubled
        if seems_damaged and (order_id <= self.last_id or order_id in self.orders):
            plain.quarantine(order_id, run, lifts=lifts)
            return
        assert order_id in self.orders, "an order that the shop has never shown"
        plain.handle(self.orders[order_id], index=self.index, run=run, lifts=lifts)


def customer_of(row: Row) -> Customer:
    """Returns a row of the app's table as the model's customer."""
    return Customer(row["email"], row["name"], row["purchaseDate"], row["status"], row["productName"])


def _check_run(row: Row, runs: list[Row], plain: PlainWebsite) -> None:
    """Checks that at most one run is active, except runs the website was freed of, and that no order counts twice."""
    live = {run["id"] for run in runs if run["status"] in LIVE}
    holder = {row["magentoSyncRunId"]} if row["magentoAutoUploadStatus"] == "RUNNING" else set()
    assert live - plain.let_go <= holder <= live
    for run in runs:
        counts: dict[str, Any] = plain.tally.get(run["id"], Counter())
        assert run["importedCustomers"] == counts["imported"]
        assert run["duplicates"] == counts["duplicate"]
        assert run["repeatPurchases"] == counts["repeat_purchase"]
        assert run["withoutEmail"] == counts["no_email"]
