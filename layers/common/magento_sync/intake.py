"""A page of orders becomes customers: all of it in one transaction, or none of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magento_sync import claims, customers, ledger, runs, websites
from magento_sync.conversion import candidate
from magento_sync.errors import OrderError
from magento_sync.outcomes import Outcome
from magento_sync.runs import Counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from magento_sync.claims import Held
    from magento_sync.conversion import Candidate
    from magento_sync.database import Database, Transaction
    from magento_sync.websites import Website

LARGEST_WATERMARK = 2**31 - 1  # Prisma's Int


@dataclass(frozen=True)
class Converted:
    """A page's orders, converted; those that could not be, by id with the reason."""

    candidates: Sequence[Candidate]
    faults: Mapping[int, str]

    @property
    def order_ids(self) -> list[int]:
        """All ids of the page."""
        return [*(one.order_id for one in self.candidates), *self.faults]

    def __add__(self, other: Converted) -> Converted:
        return Converted([*self.candidates, *other.candidates], {**self.faults, **other.faults})


def convert(orders: Sequence[Mapping[str, Any]], *, enrich: bool) -> Converted:
    """Converts a page; an order at fault costs itself, not the page."""
    candidates: list[Candidate] = []
    faults: dict[int, str] = {}
    for order in orders:
        order_id = order["entity_id"]
        if order_id > LARGEST_WATERMARK:
            faults[order_id] = "ID_TOO_LARGE"
            continue
        try:
            candidates.append(candidate(order, enrich=enrich))
        except OrderError as error:
            faults[order_id] = error.code
    return Converted(candidates, faults)


def take_in(database: Database, held: Held, page: Converted, *, expected: int) -> Website:
    """Fence, ledger, customers, watermark, progress and heartbeat, committed together.

    Args:
        database: The app's.
        held: The run.
        page: Its orders.
        expected: How many orders there were before this page, by the shop's count.

    Returns:
        The website as it stands now.

    Raises:
        FenceLost: The run is no longer ours; nothing was written.
    """
    with database.transaction() as transaction:
        website = claims.fence(transaction, held)
        outcomes = judge_and_store(transaction, website.id, held.run.id, page)
        watermark = max([website.watermark, *(one for one in page.order_ids if one <= LARGEST_WATERMARK)])
        websites.advance(transaction, website.id, watermark)
        runs.progress(transaction, held.run.id, Counts.of(len(page.order_ids), outcomes), watermark, expected=expected)
    return replace(website, watermark=watermark)


def judge_and_store(transaction: Transaction, website_id: str, run_id: str, page: Converted) -> dict[int, Outcome]:
    """Stores the orders that are new to the ledger, and enters them there. Returns what became of each."""
    settled = ledger.settled(transaction, website_id, page.order_ids)
    new = [one for one in page.candidates if one.order_id not in settled]
    faults = {order_id: code for order_id, code in page.faults.items() if order_id not in settled}
    outcomes = customers.store(transaction, website_id, new) | dict.fromkeys(faults, Outcome.FAILED)
    reasons = {one: "VALUE_REFUSED" for one, outcome in outcomes.items() if outcome is Outcome.FAILED} | faults
    ledger.record(transaction, website_id, run_id, outcomes, reasons)
    return outcomes
