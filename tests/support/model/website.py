"""The expected rows of one website: the design's table "What becomes of an order"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tests.support.model.orders import LARGEST_ID

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.model.orders import PlainOrder


class Customer(NamedTuple):
    """A row of the app's table, without its id and times."""

    email: str
    name: str
    bought: datetime | None
    status: str
    product: str | None


@dataclass
class PlainWebsite:
    """One website of the app.

    Attributes:
        stores: Its store views.
        enabled: Whether auto-upload is on.
        customers: The customers that must exist.
        ledger: The outcomes of orders above the floor, and of quarantined orders.
        reasons: The reason codes of quarantined orders.
        handled: Ids that were ever in the ledger with a final outcome.
        promised: Ids that the next run must find.
        watermark: The highest id handled, or the owner's value.
        floor: Ids up to here are never read again.
        set_back: Whether the owner has ever lowered the watermark.
        runs: Status and token of each run, as last seen.
        let_go: Runs that were active when the website was freed by hand.
        fenced: Active runs that no longer hold the website: they must not write.
        tally: Outcomes by run.
    """

    stores: frozenset[int]
    enabled: bool = True
    customers: Counter[Customer] = field(default_factory=Counter)
    ledger: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    handled: set[int] = field(default_factory=set)
    promised: set[int] = field(default_factory=set)
    watermark: int = 0
    floor: int = 0
    set_back: bool = False
    runs: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    let_go: set[str] = field(default_factory=set)
    fenced: set[str] = field(default_factory=set)
    tally: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def by_hand(self) -> bool:
        """Whether the owner or an earlier system set the watermark: it is above every handled id."""
        return self.watermark > self.highest

    @property
    def highest(self) -> int:
        """The highest id that was handled and that the watermark can hold."""
        return max((one for one in self.ledger if one <= LARGEST_ID), default=0)

    @property
    def highest_shown(self) -> int:
        """The highest handled id of its own stores, quarantine excluded."""
        shown = (one for one, what in self.ledger.items() if what not in {"failed", "other_store"})
        return max((one for one in shown if one <= LARGEST_ID), default=0)

    def handle(self, order: PlainOrder, *, index: bool, run: str, lifts: bool) -> None:
        """Records that an order was read and stored."""
        outcome = self._become(order, index=index)
        self._enter(order.id, outcome, run, lifts=lifts)
        if outcome == "failed":
            self.reasons[order.id] = "ORDER_DAMAGED" if order.damage == "all" else str(order.says.unusable)
        else:
            self.reasons.pop(order.id, None)
            self.handled.add(order.id)

    def quarantine(self, order_id: int, run: str, *, lifts: bool) -> None:
        """Records that an order could not be read."""
        self._enter(order_id, "failed", run, lifts=lifts)
        self.reasons[order_id] = "ORDER_DAMAGED"

    def acquired(self) -> None:
        """Records that a run was acquired: a watermark set by hand becomes the floor."""
        if self.by_hand:
            self.floor = max(self.floor, self.watermark)

    def completed(self, window: int) -> None:
        """Records that a run ended: rows below the window are deleted, except quarantined orders."""
        up_to = self.watermark - window
        if up_to > self.floor:
            self.floor = up_to
            self.ledger = {one: what for one, what in self.ledger.items() if one > up_to or what == "failed"}

    def set_watermark(self, watermark: int) -> None:
        """Records that the owner set the watermark: lower ids are no longer read."""
        self.promised = {one for one in self.promised if one > watermark}
        self.set_back |= watermark < self.watermark
        self.watermark = watermark

    def read_again(self, watermark: int, *, by_probing: bool) -> None:
        """Raises the watermark over orders handled before: set back by the owner, healed, or shown by the list."""
        met = self.set_back or self.ledger.get(watermark) != "failed" or not by_probing
        if met and self.watermark < watermark <= self.highest and watermark in self.ledger:
            self.watermark = watermark

    def promise(self, order: PlainOrder, watermark: int, window: int) -> None:
        """Records that an order became visible: it must be found, unless it is below the window."""
        reach = watermark if self.by_hand else watermark - window
        if order.store in self.stores and order.id > max(self.floor, reach):
            self.promised.add(order.id)

    def _enter(self, order_id: int, outcome: str, run: str, *, lifts: bool) -> None:
        self.ledger[order_id] = outcome
        self.tally.setdefault(run, Counter())[outcome] += 1
        if lifts and order_id <= LARGEST_ID:
            self.watermark = max(self.watermark, order_id)

    def _become(self, order: PlainOrder, *, index: bool) -> str:
        if order.store not in self.stores and order.damage != "all":
            return "other_store"
        if not order.healthy:
            return "failed"  # its store is unknown if it cannot be read
        said = order.says
        if said.email is None:
            return "no_email"
        same = {one.bought for one in self.customers.elements() if one.email.lower() == said.email.lower()}
        if said.bought in same:
            return "duplicate"
        if same and index:
            return "repeat_purchase"
        self.customers[Customer(said.email, said.name, said.bought, "PENDING", "Unknown Product")] += 1
        return "imported"
