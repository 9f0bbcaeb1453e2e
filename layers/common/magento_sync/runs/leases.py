"""Leases: the right to write for a run, from its acquisition to its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from magento_sync.db import ledger, runs, schedule, stale_runs, websites
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
    """The right to write for a run, as long as the run has this token."""

    website: Website
    run: Run
    token: str


def acquire(transaction: Transaction, website_id: str, run_id: str, settings: Settings) -> Lease:
    """Acquires the run with a fresh token: the lease that another process holds on it is lost.

    Raises:
        Refusal: `RUN_OVER`: the run is finished or superseded, or the website is gone. `SHOP_BUSY`: the shop has
            its maximum of runs; the run stays queued, and the next fan-out sends it again.
    """
    # Before the shop's lock: a run that waits for its website must not block the shop's other runs.
    website = websites.lock_if_held_by(transaction, website_id, run_id)
    if website is None:
        raise Refusal("RUN_OVER")
    shop = shop_host(website.api_url)  # the address may have changed since the claim
    if is_shop_full(shop, stale_runs.count_others_on_shop(transaction, run_id, shop), settings):
        raise Refusal("SHOP_BUSY", run_id)
    website = with_floor(transaction, website)
    run = runs.acquire(transaction, run_id, shop, max(website.watermark, website.floor))
    if run is None or run.token is None:
        raise Refusal("RUN_OVER")
    return Lease(replace(website, stopping=run.stop_requested_at is not None), run, run.token)


def verify_fence(transaction: Transaction, lease: Lease) -> Website:
    """Verifies the lease, and keeps the rows of the website and the run locked until the transaction ends.

    Raises:
        FenceLost: The lease is lost.
    """
    website = websites.lock_if_leased(transaction, lease.website.id, lease.run.id, lease.token)
    if website is None:
        raise FenceLost
    return website


def hand_over(transaction: Transaction, lease: Lease) -> Run:
    """Returns the run to the queue, for the next invocation.

    Raises:
        FenceLost: The lease is lost.
    """
    verify_fence(transaction, lease)
    return runs.hand_over(transaction, lease.run.id)


def finish(transaction: Transaction, lease: Lease, status: Ending, gap_window: int) -> Run:
    """Ends the run without an error, and prunes the ledger below the window of gaps.

    Raises:
        FenceLost: The lease is lost.
    """
    return finish_verified(transaction, lease, verify_fence(transaction, lease), status, gap_window)


def finish_verified(transaction: Transaction, lease: Lease, website: Website, status: Ending, gap_window: int) -> Run:
    """Ends the run as `finish` does, in a transaction that has verified the fence; `website` as it is by then."""
    websites.release(transaction, website.id, lease.run.id, error_code=None, outcome=status.lower())
    up_to = website.watermark - gap_window
    if up_to > website.floor:
        websites.advance(transaction, website.id, floor=up_to)
        ledger.prune(transaction, website.id, up_to)
    return runs.finish(transaction, lease.run.id, status)


def fail(transaction: Transaction, lease: Lease, error: ShopError) -> Run:
    """Ends the run as FAILED by the shop. After a transient error, the website is due again soon.

    Raises:
        FenceLost: The lease is lost.
    """
    website = verify_fence(transaction, lease)
    websites.release(transaction, website.id, lease.run.id, error_code=error.code, outcome="failed")
    run = runs.fail(transaction, lease.run.id, error, sentence(error.code, parameters=error.parameters))
    if isinstance(error, ShopUnavailable):
        schedule.plan_retry(transaction, run.id, error.retry_after)
    return run


def floor_of(transaction: Transaction, website: Website) -> int:
    """Returns the website's floor: at least a watermark above the whole ledger, which somebody else has set."""
    if website.watermark > ledger.highest_id(transaction, website.id):
        return max(website.watermark, website.floor)
    return website.floor


def with_floor(transaction: Transaction, website: Website) -> Website:
    """Stores and returns the website's floor. Call it before an order is recorded, and before gaps are looked up."""
    floor = floor_of(transaction, website)
    if floor > website.floor:
        websites.advance(transaction, website.id, floor=floor)
    return replace(website, floor=floor)
