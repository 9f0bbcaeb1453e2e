"""Holding a run: taking it up, proving that it is still ours, and ending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from magento_sync.db import ledger, runs, schedule, stale_runs, websites
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import FenceLost, Refusal, ShopError, ShopUnavailable
from magento_sync.messages import sentence
from magento_sync.runs.claims import shop_full, shop_of

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.settings import Settings

Ending = Literal["COMPLETED", "STOPPED"]


@dataclass(frozen=True)
class Lease:
    """A run that is ours as long as its token stands in it."""

    website: Website
    run: Run
    token: str


def acquire(transaction: Transaction, website_id: str, run_id: str, settings: Settings) -> Lease:
    """Makes the run ours: whoever had taken it up before loses its fence.

    Raises:
        Refusal: `RUN_OVER`: finished or replaced, or the website is gone. `SHOP_BUSY`: as many runs as may be read this shop;
            the run stays claimed, and the next fan-out sends it again.
    """
    run = runs.find(transaction, run_id)
    if run is None or run.website_id != website_id or run.status in FINISHED:
        raise Refusal("RUN_OVER")
    # Before the shop's lock: who has to wait for this website must not keep the shop's others waiting.
    website = websites.hold(transaction, website_id, run_id)
    if website is None:
        raise Refusal("RUN_OVER")
    shop = shop_of(website)  # its address may have changed since the claim
    if shop_full(shop, stale_runs.other_runs_on_shop(transaction, run_id, shop), settings):
        raise Refusal("SHOP_BUSY", run_id)
    taken = runs.acquire(transaction, run_id, shop)
    if taken is None or taken.token is None:
        raise Refusal("RUN_OVER")
    floor = floor_of(transaction, website)
    websites.raise_floor(transaction, website.id, floor)
    runs.begin(transaction, run_id, max(website.watermark, floor))
    website = replace(website, floor=floor, stopping=taken.stop_requested_at is not None)
    return Lease(website=website, run=taken, token=taken.token)


def verify_fence(transaction: Transaction, lease: Lease) -> Website:
    """Proves that website, run and token are still ours; the website's row stays locked until the transaction ends.

    A watermark that somebody raised by hand meanwhile becomes the floor.

    Raises:
        FenceLost: They are not.
    """
    website = websites.hold(transaction, lease.website.id, lease.run.id)
    run = runs.still_ours(transaction, lease.run.id, lease.token)
    if website is None or run is None:
        raise FenceLost
    floor = floor_of(transaction, website)
    if floor > website.floor:
        websites.raise_floor(transaction, website.id, floor)
    return replace(website, floor=floor, stopping=run.stop_requested_at is not None)


def limit_first_import(transaction: Transaction, lease: Lease, floor: int) -> Website:
    """Leaves out what lies up to an id: the orders that are too old for a first import.

    Raises:
        FenceLost: The run is no longer ours.
    """
    website = verify_fence(transaction, lease)
    websites.raise_floor(transaction, website.id, floor)
    return replace(website, floor=max(website.floor, floor))


def hand_over(transaction: Transaction, lease: Lease) -> Run:
    """Leaves the run as claimed, for the next invocation.

    Raises:
        FenceLost: It is no longer ours.
    """
    verify_fence(transaction, lease)
    runs.hand_over(transaction, lease.run.id)
    return _reread(transaction, lease.run.id)


def finish(transaction: Transaction, lease: Lease, status: Ending, gap_window: int) -> Run:
    """Ends the run without an error, and prunes the ledger below the window of gaps.

    Raises:
        FenceLost: It is no longer ours.
    """
    website = verify_fence(transaction, lease)
    websites.release(transaction, website.id, lease.run.id, error_code=None, outcome=status.lower())
    up_to = website.watermark - gap_window
    if up_to > website.floor:
        websites.raise_floor(transaction, website.id, up_to)
        ledger.prune(transaction, website.id, up_to)
    runs.finish(transaction, lease.run.id, status)
    return _reread(transaction, lease.run.id)


def fail(transaction: Transaction, lease: Lease, error: ShopError) -> Run:
    """Ends the run as FAILED by the shop, and says when it is tried again.

    Raises:
        FenceLost: It is no longer ours.
    """
    website = verify_fence(transaction, lease)
    websites.release(transaction, website.id, lease.run.id, error_code=error.code, outcome="failed")
    runs.fail(
        transaction,
        lease.run.id,
        code=error.code,
        message=sentence(error.code, parameters=error.parameters),
        parameters=error.parameters,
        is_transient=isinstance(error, ShopUnavailable),
        retry_after=error.retry_after,
        no_later_than=schedule.by_interval(transaction, website.id),
        refused_credentials=error.refused_credentials,
    )
    return _reread(transaction, lease.run.id)


def floor_of(transaction: Transaction, website: Website) -> int:
    """A watermark above all that we handled was set by an earlier system, or by hand: nothing below it is read."""
    if website.watermark > ledger.highest(transaction, website.id):
        return max(website.watermark, website.floor)
    return website.floor


def _reread(transaction: Transaction, run_id: str) -> Run:
    run = runs.find(transaction, run_id)
    if run is None:
        raise FenceLost
    return run
