"""Claims: websites reserved for runs, and claims given back where a run could not be started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db import runs, schedule, stale_runs, websites
from magento_sync.db.cuid import new_cuid
from magento_sync.db.run_record import FINISHED
from magento_sync.db.schedule import Candidate
from magento_sync.errors import Refusal, ShopError
from magento_sync.magento.address import shop_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.schedule import DueWebsite
    from magento_sync.db.websites import PreviousState, Website
    from magento_sync.settings import Settings


@dataclass(frozen=True)
class Claim:
    """A website reserved for a run that no process has acquired yet."""

    website_id: str
    run_id: str
    before: PreviousState


@dataclass(frozen=True)
class Batch:
    """What became of the websites of a batch.

    Attributes:
        claims: Those that were claimed.
        waiting: Those whose shop has no place, or for which all places are taken.
        is_full: Whether all places are taken.
    """

    claims: list[Claim]
    waiting: list[DueWebsite]
    is_full: bool


def claim_website(transaction: Transaction, website_id: str, *, trigger: str, run_id: str | None = None) -> Claim:
    """Claims one website.

    Raises:
        Refusal: `WEBSITE_NOT_FOUND`, `AUTO_UPLOAD_OFF`, `ALREADY_RUNNING` with that run, or `RUN_OVER` if the run with
            that id has finished: AWS can deliver an event again after its run is finished.
    """
    earlier = runs.find(transaction, run_id) if run_id else None
    if earlier is not None:
        raise Refusal("RUN_OVER" if earlier.status in FINISHED else "ALREADY_RUNNING", run_id)
    run_id = run_id or new_cuid()
    website = _find(transaction, website_id)
    for _ in range(2):  # the run that holds it can finish between the two queries
        before = websites.claim(transaction, website_id, run_id, shop=shop_host(website.api_url), trigger=trigger)
        if before is not None:
            return Claim(website_id, run_id, before)
        website = _find(transaction, website_id)
    if website.auto_upload or website.status == "RUNNING":
        raise Refusal("ALREADY_RUNNING", website.run_id)
    raise Refusal("AUTO_UPLOAD_OFF")


def due(transaction: Transaction) -> list[DueWebsite]:
    """Returns the websites that are due, the longest overdue first.

    Raises:
        ConfigurationError: Row level security hides all websites, or a column has an unusable type.
    """
    found = schedule.due(transaction)
    if found:
        websites.find(transaction, found[0].website_id)  # raises what every sync would raise
    else:
        websites.check_visible(transaction)
    return found


def claim_due(transaction: Transaction, settings: Settings, due_websites: Sequence[DueWebsite]) -> Batch:
    """Claims due websites up to the limits of active runs, in total and per shop, in their order.

    A website that is locked, or no longer due, is neither claimed nor waits: a later fan-out finds it.
    """
    schedule.lock_dispatch(transaction)
    places = len(due_websites)
    if settings.max_running:
        places = settings.max_running - stale_runs.count_active(transaction)
    if places <= 0:
        return Batch(claims=[], waiting=list(due_websites), is_full=True)
    candidates = [Candidate(one.website_id, shop_host(one.api_url), new_cuid()) for one in due_websites]
    placed = schedule.claim(transaction, candidates, places=places, places_per_shop=settings.syncs_per_shop)
    return Batch(
        claims=[Claim(one.website_id, one.run_id, before) for one in candidates if (before := placed.get(one.run_id))],
        waiting=[website for website, one in zip(due_websites, candidates, strict=True) if one.run_id not in placed],
        is_full=len(placed) == places < len(candidates),
    )


def give_back(transaction: Transaction, claim: Claim, *, wait: bool = True) -> bool:
    """Undoes a claim whose run could not be started, unless a process has acquired the run after all.

    Args:
        transaction: Any.
        claim: The claim.
        wait: Whether to wait for the website's lock.

    Returns:
        False if the website is locked and `wait` is off: the run stays queued, and a later fan-out sends it again.
    """
    if not wait and not websites.try_lock(transaction, claim.website_id):
        return False
    is_held = websites.lock_if_held_by(transaction, claim.website_id, claim.run_id) is not None
    if is_held and runs.discard(transaction, claim.run_id):
        websites.give_back(transaction, claim.website_id, claim.run_id, claim.before)
    return True


def shop_host(api_url: str | None) -> str:
    """Returns the host of a shop's address, by which its runs are counted; empty if the address is invalid."""
    try:
        return shop_address(api_url, allow_insecure=True).host
    except ShopError:
        return ""


def is_shop_full(shop: str, running: int, settings: Settings) -> bool:
    """Returns whether the shop has as many runs as allowed.

    Websites with an invalid address have no shop in common; their runs fail at once.
    """
    return bool(shop) and 0 < settings.syncs_per_shop <= running


def _find(transaction: Transaction, website_id: str) -> Website:
    website = websites.find(transaction, website_id)
    if website is None:
        raise Refusal("WEBSITE_NOT_FOUND")
    return website
