"""A page of orders becomes customers: all of it in one transaction, or none of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magento_sync.db import customers, ledger, runs, websites
from magento_sync.db.ledger import LARGEST_WATERMARK
from magento_sync.db.outcomes import Outcome
from magento_sync.db.run_record import Counts, Progress
from magento_sync.runs import leases
from magento_sync.runs.leases import Lease

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.sync.conversion import ConvertedPage


def store_page(  # noqa: PLR0913 - what a page's transaction writes
    transaction: Transaction,
    lease: Lease,
    page: ConvertedPage,
    *,
    expected: int | None,
    floor: int = 0,
    method: str = "discovery",
    method_reason: str | None = None,
) -> Lease:
    """Writes ledger, customers, watermark, progress and heartbeat, once the fence is verified.

    Args:
        transaction: The page's own.
        lease: The right to write for the run.
        page: Its orders.
        expected: How many orders there were before this page, by the shop's count, if it counts.
        floor: The id up to which orders are too old for the website's first import.
        method: How they were read.
        method_reason: Why the list could not be used.

    Returns:
        The lease, with website and run as they are now.

    Raises:
        FenceLost: Another invocation holds the run; nothing was written.
    """
    lease = leases.verify_fence(transaction, lease)
    website = lease.website
    outcomes = judge_and_store(transaction, website.id, lease.run.id, page) if page.order_ids else {}
    watermark = max([website.watermark, *(order_id for order_id in page.certain_ids if order_id <= LARGEST_WATERMARK)])
    floor = max(website.floor, floor)
    if (watermark, floor) != (website.watermark, website.floor):
        websites.advance(transaction, website.id, watermark=watermark or None, floor=floor)
    counts = Counts.of(len(page.order_ids), outcomes)
    progress = Progress(counts, watermark, expected, method, method_reason, page.probe_cursor)
    run = runs.advance(transaction, lease.run, progress)
    return Lease(replace(website, watermark=watermark, floor=floor), run)


def judge_and_store(transaction: Transaction, website_id: str, run_id: str, page: ConvertedPage) -> dict[int, Outcome]:
    """Stores the orders that are new to the ledger and records them there; returns the outcome of each by id."""
    handled = ledger.handled(transaction, website_id, page.order_ids)
    new = [candidate for candidate in page.candidates if candidate.order_id not in handled]
    faults = {order_id: code for order_id, code in page.faults.items() if order_id not in handled}
    outcomes = customers.store(transaction, website_id, new) | dict.fromkeys(faults, Outcome.FAILED)
    for outcome, order_ids in ((Outcome.OTHER_STORE, page.elsewhere), (Outcome.TOO_OLD, page.too_old)):
        outcomes |= {order_id: outcome for order_id in order_ids if order_id not in handled}
    failed = [order_id for order_id, outcome in outcomes.items() if outcome is Outcome.FAILED]
    ledger.record(transaction, website_id, run_id, outcomes, dict.fromkeys(failed, "VALUE_REFUSED") | faults)
    return outcomes
