"""Leases: the right to write for a run, from its acquisition to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from magento_sync.db import ledger, runs, schedule, stale_runs, websites
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import FenceLost, Refusal, ShopError, ShopUnavailable
from magento_sync.messages import sentence
from magento_sync.runs.claims import is_shop_full, shop_host

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.settings import Settings

Ending = Literal["COMPLETED", "STOPPED"]


@dataclass(frozen=True)
class Lease:
    """The right to write for a run, as long as the run keeps its token."""

    website: Website
    run: Run


def lock_website(transaction: Transaction, website_id: str, run_id: str) -> Website:
    """Locks and returns the website of a run, before the run is acquired.

    Raises:
        Refusal: `RUN_OVER`: the website is gone, or another run holds it.
    """
    website = websites.lock_if_held_by(transaction, website_id, run_id)
    if website is None:
        raise Refusal("RUN_OVER")
    return website


def acquire(transaction: Transaction, website: Website, run_id: str, settings: Settings) -> Lease:
    """Acquires the run of the locked website with a fresh token: the lease that another process holds is lost.

    Raises:
        Refusal: `RUN_OVER`: the run is finished. `SHOP_BUSY`: the shop has its maximum of runs; the run stays queued,
            and the next fan-out sends it again.
    """
    # The website's lock comes first: a run that waits for its website must not block the shop's other runs.
    shop = shop_host(website.api_url)  # the address may have changed since the claim
    others = stale_runs.queue_others_on_shop(transaction, run_id, shop)
    locked = runs.queue_lock(transaction, run_id)
    highest = ledger.queue_highest_id(transaction, website.id)
    if is_shop_full(shop, others(), settings):
        raise Refusal("SHOP_BUSY", run_id)
    run = locked()
    if run is None or run.status in FINISHED:
        raise Refusal("RUN_OVER")
    website = _with_floor(transaction, website, highest())
    run = runs.acquire(transaction, run, shop, max(website.watermark, website.floor))
    return Lease(_with_request_to_stop(website, run), run)


def verify_fence(transaction: Transaction, lease: Lease) -> Lease:
    """Verifies the lease, and keeps the rows of the website and the run locked until the transaction ends.

    A watermark that was raised by hand in the meantime becomes the floor. Returns the lease with both as they are now.

    Raises:
        FenceLost: The lease is lost.
    """
    held = websites.queue_lock_if_held_by(transaction, lease.website.id, lease.run.id)
    locked = runs.queue_lock(transaction, lease.run.id)
    highest = ledger.queue_highest_id(transaction, lease.website.id)
    website, run = held(), locked()
    if website is None or run is None or run.status != "RUNNING" or run.token != lease.run.token:
        raise FenceLost
    return Lease(_with_request_to_stop(_with_floor(transaction, website, highest()), run), run)


def hand_over(transaction: Transaction, lease: Lease) -> Run:
    """Returns the run to the queue, for the next invocation.

    Raises:
        FenceLost: The lease is lost.
    """
    return runs.hand_over(transaction, verify_fence(transaction, lease).run)


def finish(transaction: Transaction, lease: Lease, status: Ending, gap_window: int) -> Run:
    """Ends the run without an error, and prunes the ledger below the window of gaps.

    Raises:
        FenceLost: The lease is lost.
    """
    return finish_verified(transaction, verify_fence(transaction, lease), status, gap_window)


def finish_verified(transaction: Transaction, lease: Lease, status: Ending, gap_window: int) -> Run:
    """Ends the run as `finish` does, in a transaction that has verified the lease."""
    website = lease.website
    websites.release(transaction, website.id, lease.run.id, error_code=None, outcome=status.lower())
    up_to = website.watermark - gap_window
    if up_to > website.floor:
        websites.advance(transaction, website.id, floor=up_to)
        ledger.prune(transaction, website.id, up_to)
    return runs.finish(transaction, lease.run, status)


def fail(transaction: Transaction, lease: Lease, error: ShopError) -> Run:
    """Ends the run as FAILED by the shop. After a transient error, the website is due again soon.

    Raises:
        FenceLost: The lease is lost.
    """
    verify_fence(transaction, lease)
    websites.release(transaction, lease.website.id, lease.run.id, error_code=error.code, outcome="failed")
    run = runs.fail(transaction, lease.run.id, error, sentence(error.code, parameters=error.parameters))
    if isinstance(error, ShopUnavailable):
        schedule.plan_retry(transaction, run.id, error.retry_after)
    return run


def floor_of(website: Website, highest_id: int) -> int:
    """Returns the website's floor: at least a watermark above the whole ledger, which somebody else has set."""
    return max(website.watermark, website.floor) if website.watermark > highest_id else website.floor


def _with_floor(transaction: Transaction, website: Website, highest_id: int) -> Website:
    """Stores and returns the website's floor, before an order is recorded and before gaps are looked up."""
    floor = floor_of(website, highest_id)
    if floor > website.floor:
        websites.advance(transaction, website.id, floor=floor)
    return replace(website, floor=floor)


def _with_request_to_stop(website: Website, run: Run) -> Website:
    return replace(website, stopping=run.stop_requested_at is not None)
