"""Claims: websites reserved for runs, and claims given back where a run could not be started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db import runs, schedule, stale_runs, websites
from magento_sync.db.cuid import new_cuid
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import Refusal, ShopError
from magento_sync.magento.address import shop_address

if TYPE_CHECKING:
    from collections.abc import Collection

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import PreviousState, Website
    from magento_sync.settings import Settings

BATCH_SIZE = 10  # if the time runs out, claims that were not started are given back one by one


@dataclass(frozen=True)
class Claim:
    """A website reserved for a run that no process has acquired yet."""

    website_id: str
    run_id: str
    before: PreviousState


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
    claim = _claim(transaction, website_id, run_id, trigger)
    website = websites.find(transaction, website_id) if claim is None else None
    if website is not None and website.auto_upload and website.status != "RUNNING":
        # The run that held it finished between the two queries.
        claim = _claim(transaction, website_id, run_id, trigger)
    if claim is not None:
        return claim
    if website is None:
        raise Refusal("WEBSITE_NOT_FOUND")
    if website.auto_upload or website.status == "RUNNING":
        raise Refusal("ALREADY_RUNNING", website.run_id)
    raise Refusal("AUTO_UPLOAD_OFF")


def claim_due(transaction: Transaction, settings: Settings, excluded: Collection[str]) -> tuple[list[Claim], int]:
    """Claims due websites up to the limits, the longest overdue first.

    Args:
        transaction: Any.
        settings: How many runs may be active, in total and per shop.
        excluded: Ids of websites that this dispatcher has already claimed.

    Returns:
        At most `BATCH_SIZE` claims, and how many due websites have to wait.

    Raises:
        ConfigurationError: Row level security hides all websites.
    """
    schedule.lock_dispatch(transaction)
    shops = [run.shop for run in stale_runs.active(transaction)]
    due = schedule.due(transaction, excluded)
    if not due:
        websites.check_visible(transaction)
    claims: list[Claim] = []
    for website in due:
        shop = shop_host(website)
        if len(claims) == BATCH_SIZE:
            break
        if _is_full(len(shops), settings.max_running) or is_shop_full(shop, shops.count(shop), settings):
            continue
        claim = _claim(transaction, website.id, new_cuid(), "schedule")
        if claim is not None:
            claims.append(claim)
            shops.append(shop)
    return claims, len(due) - len(claims)


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


def shop_host(website: Website) -> str:
    """Returns the host of the website's shop, by which its runs are counted; empty if its address is invalid."""
    try:
        return shop_address(website.api_url, allow_insecure=True).host
    except ShopError:
        return ""


def is_shop_full(shop: str, running: int, settings: Settings) -> bool:
    """Returns whether the shop has as many runs as allowed.

    Websites with an invalid address have no shop in common; their runs fail at once.
    """
    return bool(shop) and _is_full(running, settings.syncs_per_shop)


def _is_full(running: int, limit: int) -> bool:
    return limit > 0 and running >= limit


def _claim(transaction: Transaction, website_id: str, run_id: str, trigger: str) -> Claim | None:
    claimed = websites.claim(transaction, website_id, run_id)
    if claimed is None:
        return None
    website, before = claimed
    runs.queue(transaction, run_id, website_id, shop=shop_host(website), trigger=trigger)
    return Claim(website_id, run_id, before)
