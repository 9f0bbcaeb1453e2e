"""Taking websites for runs, and giving them back where a run could not be started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db import runs, schedule, stale_runs, websites
from magento_sync.db.cuid import new_cuid
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import Refusal, ShopError
from magento_sync.magento.address import shop_address

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import PreviousState, Website
    from magento_sync.settings import Settings

BATCH_SIZE = 10  # where the time runs out, those that were not started are given back one by one


@dataclass(frozen=True)
class Claim:
    """A website taken for a run that is yet to be taken up."""

    website_id: str
    run_id: str
    before: PreviousState


def claim_website(transaction: Transaction, website_id: str, *, trigger: str, run_id: str | None = None) -> Claim:
    """Claims one website.

    Raises:
        Refusal: `WEBSITE_NOT_FOUND`, `AUTO_UPLOAD_OFF`, `ALREADY_RUNNING` with that run, or `RUN_OVER` where the run of that id has
            ended already: AWS may deliver an event again after its run is finished.
    """
    earlier = runs.find(transaction, run_id) if run_id else None
    if earlier is not None:
        raise Refusal("RUN_OVER" if earlier.status in FINISHED else "ALREADY_RUNNING", run_id)
    run_id = run_id or new_cuid()
    claim = _claim(transaction, website_id, run_id, trigger)
    website = websites.find(transaction, website_id) if claim is None else None
    if website is not None and website.auto_upload and website.status != "RUNNING":
        # The run that held it ended between the two looks.
        claim = _claim(transaction, website_id, run_id, trigger)
    if claim is not None:
        return claim
    if website is None:
        raise Refusal("WEBSITE_NOT_FOUND")
    if website.auto_upload or website.status == "RUNNING":
        raise Refusal("ALREADY_RUNNING", website.run_id)
    raise Refusal("AUTO_UPLOAD_OFF")


def claim_due(transaction: Transaction, settings: Settings, passed_over: set[str]) -> tuple[list[Claim], int]:
    """Claims as many due websites as there are places for, the longest overdue first.

    Args:
        transaction: Any.
        settings: How many runs there may be, in all and on one shop.
        passed_over: Ids of websites that this dispatcher has had already.

    Returns:
        The claims, not more than can be started in a moment, and how many due websites wait.
    """
    # One dispatcher at a time, or two would both count the same free places.
    transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('magento-sync dispatcher', 0))")
    live = [run.shop for run in stale_runs.live(transaction)]
    due = schedule.due(transaction, passed_over)
    claims: list[Claim] = []
    for website in due:
        shop = shop_of(website)
        if len(claims) == BATCH_SIZE:
            break
        if _full(len(live), settings.max_running) or shop_full(shop, live.count(shop), settings):
            continue
        claim = _claim(transaction, website.id, new_cuid(), "schedule")
        if claim is not None:
            claims.append(claim)
            live.append(shop)
    return claims, len(due) - len(claims)


def give_back(transaction: Transaction, claim: Claim, *, wait: bool = True) -> bool:
    """Undoes a claim whose sync could not be started, unless somebody has taken it up after all.

    Args:
        transaction: Any.
        claim: Which.
        wait: Whether to wait where somebody has locked the website.

    Returns:
        False where that was not waited for: the run stays claimed, and a later fan-out sends it again.
    """
    if not wait and not websites.lock_if_free(transaction, claim.website_id):
        return False
    if websites.hold(transaction, claim.website_id, claim.run_id) and runs.forget(transaction, claim.run_id):
        websites.give_back(transaction, claim.website_id, claim.run_id, claim.before)
    return True


def shop_of(website: Website) -> str:
    """The host of the website's shop, under which runs on it are counted; empty where its address cannot be used."""
    try:
        return shop_address(website.api_url, allow_insecure=True).host
    except ShopError:
        return ""


def shop_full(shop: str, running: int, settings: Settings) -> bool:
    """Whether no further run may read this shop.

    Websites whose address cannot be used have no shop in common; their runs fail at once.
    """
    return bool(shop) and _full(running, settings.syncs_per_shop)


def _full(running: int, bound: int) -> bool:
    return bound > 0 and running >= bound


def _claim(transaction: Transaction, website_id: str, run_id: str, trigger: str) -> Claim | None:
    claimed = websites.claim(transaction, website_id, run_id)
    if claimed is None:
        return None
    website, before = claimed
    runs.queue(transaction, run_id, website_id, shop=shop_of(website), trigger=trigger)
    return Claim(website_id, run_id, before)
