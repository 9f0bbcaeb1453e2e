"""A page of orders becomes customers: all of it in one transaction, or none of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magento_sync.db import customers, ledger, runs, websites
from magento_sync.db.ledger import LARGEST_WATERMARK
from magento_sync.db.outcomes import Outcome
from magento_sync.db.run_record import Counts, Progress
from magento_sync.errors import OrderError
from magento_sync.runs import leases
from magento_sync.sync.conversion import candidate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_rows import Candidate
    from magento_sync.db.websites import Website
    from magento_sync.magento.orders.requests import Page, ProbeCursor
    from magento_sync.runs.leases import Lease


@dataclass(frozen=True)
class Converted:
    """A page's orders, converted.

    Attributes:
        candidates: Those that can become customers.
        faults: Those that could not be read or converted, by id with the reason's code.
        elsewhere: Ids of other stores' orders: noted and passed over.
        too_old: Ids of orders that the limit of a first import leaves out: noted and passed over.
        certain_up_to: Up to which id the page tells all; None where that is all of it.
        probed: How far probing has got, if it was used.
    """

    candidates: Sequence[Candidate]
    faults: Mapping[int, str]
    elsewhere: Sequence[int] = ()
    too_old: Sequence[int] = ()
    certain_up_to: int | None = None
    probed: ProbeCursor | None = None

    @property
    def order_ids(self) -> list[int]:
        """All ids of the page."""
        return [*(one.order_id for one in self.candidates), *self.faults, *self.elsewhere, *self.too_old]

    @property
    def certain_ids(self) -> list[int]:
        """Ids up to which the page tells all: a watermark above them would hide orders to come."""
        return [one for one in self.order_ids if self.certain_up_to is None or one <= self.certain_up_to]

    def __add__(self, other: Converted) -> Converted:
        return Converted(
            [*self.candidates, *other.candidates],
            {**self.faults, **other.faults},
            [*self.elsewhere, *other.elsewhere],
            [*self.too_old, *other.too_old],
            other.certain_up_to,
        )


def convert(page: Page, *, enrich: bool, oldest: datetime | None = None) -> Converted:
    """Converts a page; an order at fault costs itself, not the page.

    Args:
        page: The orders as the shop shows them.
        enrich: Whether billing names and product names are wanted too.
        oldest: Orders placed before that moment (UTC) are too old.
    """
    candidates: list[Candidate] = []
    too_old: list[int] = []
    faults = dict.fromkeys(page.damaged, "ORDER_DAMAGED")
    for order in page.orders:
        order_id = order["entity_id"]
        if order_id > LARGEST_WATERMARK:
            faults[order_id] = "ID_TOO_LARGE"
            continue
        try:
            converted = candidate(order, enrich=enrich)
        except OrderError as error:
            faults[order_id] = error.code
            continue
        if oldest and converted.purchase_date and converted.purchase_date < oldest:
            too_old.append(order_id)
        else:
            candidates.append(converted)
    return Converted(candidates, faults, page.elsewhere, too_old, page.certain_up_to, page.probed)


def store_page(  # noqa: PLR0913 - what a page's transaction writes
    transaction: Transaction,
    lease: Lease,
    page: Converted,
    *,
    expected: int | None,
    method: str = "discovery",
    method_reason: str | None = None,
) -> Website:
    """Fence, ledger, customers, watermark, progress and heartbeat, committed together.

    Args:
        transaction: Any.
        lease: The run.
        page: Its orders.
        expected: How many orders there were before this page, by the shop's count, if it counts.
        method: How they were read.
        method_reason: Why not in the usual way.

    Returns:
        The website as it stands now.

    Raises:
        FenceLost: The run is no longer ours; nothing was written.
    """
    website = leases.verify_fence(transaction, lease)
    outcomes = judge_and_store(transaction, website.id, lease.run.id, page)
    watermark = max([website.watermark, *(one for one in page.certain_ids if one <= LARGEST_WATERMARK)])
    websites.advance(transaction, website.id, watermark)
    counts = Counts.of(len(page.order_ids), outcomes)
    probe_cursor = (page.probed.up_to, page.probed.exists_up_to) if page.probed else None
    progress = Progress(counts, watermark, expected, method, method_reason, probe_cursor)
    runs.advance(transaction, lease.run.id, progress)
    return replace(website, watermark=watermark)


def judge_and_store(transaction: Transaction, website_id: str, run_id: str, page: Converted) -> dict[int, Outcome]:
    """Stores the orders that are new to the ledger, and enters them there. Returns what became of each."""
    settled = ledger.handled(transaction, website_id, page.order_ids)
    new = [one for one in page.candidates if one.order_id not in settled]
    faults = {order_id: code for order_id, code in page.faults.items() if order_id not in settled}
    outcomes = customers.store(transaction, website_id, new) | dict.fromkeys(faults, Outcome.FAILED)
    for outcome, order_ids in ((Outcome.OTHER_STORE, page.elsewhere), (Outcome.TOO_OLD, page.too_old)):
        outcomes |= {order_id: outcome for order_id in order_ids if order_id not in settled}
    reasons = {one: "VALUE_REFUSED" for one, outcome in outcomes.items() if outcome is Outcome.FAILED} | faults
    ledger.record(transaction, website_id, run_id, outcomes, reasons)
    return outcomes
