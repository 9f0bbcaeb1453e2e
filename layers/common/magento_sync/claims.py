"""Taking a website for a run, taking the run up, and letting go of it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from magento_sync import ledger, runs, websites
from magento_sync.cuid import new_cuid
from magento_sync.errors import FenceLost, Refusal, ShopError, ShopUnavailable
from magento_sync.magento.address import shop_address
from magento_sync.messages import sentence
from magento_sync.observability import logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from magento_sync.database import Database, Transaction
    from magento_sync.runs import Run
    from magento_sync.settings import Settings
    from magento_sync.websites import Before, Website

FINISHED = frozenset({"COMPLETED", "FAILED", "STOPPED", "ABANDONED"})

Ending = Literal["COMPLETED", "STOPPED"]


@dataclass(frozen=True)
class Claim:
    """A website taken for a run that is yet to be taken up."""

    website_id: str
    run_id: str
    before: Before


@dataclass(frozen=True)
class Held:
    """A run that is ours as long as its token stands in it."""

    website: Website
    run: Run
    token: str


def claim_website(database: Database, website_id: str, *, trigger: str, run_id: str | None = None) -> Claim:
    """Claims one website.

    Raises:
        Refusal: `WEBSITE_NOT_FOUND`, `AUTO_UPLOAD_OFF`, `ALREADY_RUNNING` with that run, or `RUN_OVER` where the run of that id has
            ended already: AWS may deliver an event again after its run is finished.
    """
    with database.transaction() as transaction:
        earlier = runs.find(transaction, run_id) if run_id else None
        if earlier is not None and earlier.status in FINISHED:
            raise Refusal("RUN_OVER", run_id)
        claim = _claim(transaction, website_id, run_id or new_cuid(), trigger)
        if claim is not None:
            return claim
        website = websites.find(transaction, website_id)
    if website is None:
        raise Refusal("WEBSITE_NOT_FOUND")
    if website.status == "RUNNING":
        raise Refusal("ALREADY_RUNNING", website.run_id)
    raise Refusal("AUTO_UPLOAD_OFF")


def claim_due(database: Database, settings: Settings, passed_over: set[str]) -> tuple[list[Claim], int]:
    """Claims as many due websites as there are places for, the longest overdue first.

    Args:
        database: The app's.
        settings: How many runs there may be, in all and on one shop.
        passed_over: Ids of websites that this dispatcher has had already.

    Returns:
        The claims, and how many due websites wait for a place.
    """
    with database.transaction() as transaction:
        # One dispatcher at a time, or two would both count the same free places.
        transaction.execute("SELECT pg_advisory_xact_lock(hashtextextended('magento-sync dispatcher', 0))")
        live = [run.shop for run in runs.live(transaction)]
        due = websites.due(transaction, passed_over)
        claims = []
        for website in due:
            shop = shop_of(website)
            if _full(len(live), settings.max_running) or _shop_full(shop, live.count(shop), settings):
                continue
            claim = _claim(transaction, website.id, new_cuid(), "schedule")
            if claim is not None:
                claims.append(claim)
                live.append(shop)
    return claims, len(due) - len(claims)


def give_back(database: Database, claim: Claim) -> None:
    """Undoes a claim whose sync could not be started, unless somebody has taken it up after all."""
    with database.transaction() as transaction:
        if websites.hold(transaction, claim.website_id, claim.run_id) is None:
            return
        if runs.forget(transaction, claim.run_id):
            websites.give_back(transaction, claim.website_id, claim.run_id, claim.before)


def take_up(database: Database, website_id: str, run_id: str, settings: Settings) -> Held:
    """Makes the run ours: whoever had taken it up before loses its fence.

    Raises:
        Refusal: `RUN_OVER`: finished or replaced, or the website is gone. `SHOP_BUSY`: as many runs as may be read this shop;
            the run stays claimed, and the next fan-out sends it again.
    """
    with database.transaction() as transaction:
        run = runs.find(transaction, run_id)
        if run is None or run.website_id != website_id or run.status in FINISHED:
            raise Refusal("RUN_OVER")
        others = runs.other_runs_on_shop(transaction, run_id, run.shop)
        website = websites.hold(transaction, website_id, run_id)
        if website is None:
            raise Refusal("RUN_OVER")
        if _shop_full(run.shop, others, settings):
            raise Refusal("SHOP_BUSY", run_id)
        taken = runs.take_up(transaction, run_id)
        if taken is None or taken.token is None:
            raise Refusal("RUN_OVER")
        floor = floor_of(transaction, website)
        websites.raise_floor(transaction, website.id, floor)
        runs.begin(transaction, run_id, max(website.watermark, floor))
    return Held(website=replace(website, floor=floor), run=taken, token=taken.token)


def fence(transaction: Transaction, held: Held) -> Website:
    """Proves that website, run and token are still ours; the website's row stays locked until the transaction ends.

    Raises:
        FenceLost: They are not.
    """
    website = websites.hold(transaction, held.website.id, held.run.id)
    if website is None or not runs.still_ours(transaction, held.run.id, held.token):
        raise FenceLost
    return website


def finish(database: Database, held: Held, status: Ending, gap_window: int) -> Run:
    """Ends the run without an error, and prunes the ledger below the window of gaps.

    Raises:
        FenceLost: It is no longer ours.
    """
    with database.transaction() as transaction:
        website = fence(transaction, held)
        websites.release(transaction, website.id, held.run.id, error_code=None, outcome=status.lower())
        up_to = website.watermark - gap_window
        if up_to > website.floor:
            websites.raise_floor(transaction, website.id, up_to)
            ledger.prune(transaction, website.id, up_to)
        runs.finish(transaction, held.run.id, status)
        return _reread(transaction, held.run.id)


def fail(database: Database, held: Held, error: ShopError) -> Run:
    """Ends the run as FAILED by the shop, and says when it is tried again.

    Raises:
        FenceLost: It is no longer ours.
    """
    with database.transaction() as transaction:
        website = fence(transaction, held)
        websites.release(transaction, website.id, held.run.id, error_code=error.code, outcome="failed")
        runs.fail(
            transaction,
            held.run.id,
            code=error.code,
            message=sentence(error.code, parameters=error.parameters),
            parameters=error.parameters,
            may_pass=isinstance(error, ShopUnavailable),
            retry_after=error.retry_after,
            interval=website.interval,
            refused_credentials=error.refused_credentials,
        )
        return _reread(transaction, held.run.id)


def clear_up(database: Database) -> Iterator[tuple[str, str]]:
    """Closes runs that died, and gives website and run of those that have to be sent again."""
    with database.transaction() as transaction:
        dead = runs.without_heartbeat(transaction)
        for website_id in websites.orphans(transaction, runs.LEASE_MINUTES):
            runs.enter_abandoned(transaction, new_cuid(), website_id, sentence("ABANDONED"))
            websites.mark_abandoned(transaction, website_id)
    for run in dead:
        with database.transaction() as transaction:
            held = websites.hold(transaction, run.website_id, run.id)
            if not runs.abandon(transaction, run.id, sentence("ABANDONED")):
                continue
            if held is not None:
                websites.mark_abandoned(transaction, run.website_id)
        logger.warning("A run without a heartbeat was closed", website_id=run.website_id, run_id=run.id)
    with database.transaction() as transaction:
        waiting = runs.not_taken_up(transaction)
    yield from ((run.website_id, run.id) for run in waiting)


def shop_of(website: Website) -> str:
    """The host of the website's shop, under which runs on it are counted; empty where its address cannot be used."""
    try:
        return shop_address(website.api_url, allow_insecure=True).host
    except ShopError:
        return ""


def limit_first_import(database: Database, held: Held, floor: int) -> Website:
    """Leaves out what lies up to an id: the orders that are too old for a first import.

    Raises:
        FenceLost: The run is no longer ours.
    """
    with database.transaction() as transaction:
        website = fence(transaction, held)
        websites.raise_floor(transaction, website.id, floor)
    return replace(website, floor=max(website.floor, floor))


def hand_over(database: Database, held: Held) -> Run:
    """Leaves the run as claimed, for the next invocation.

    Raises:
        FenceLost: It is no longer ours.
    """
    with database.transaction() as transaction:
        fence(transaction, held)
        runs.hand_over(transaction, held.run.id)
        return _reread(transaction, held.run.id)


def _claim(transaction: Transaction, website_id: str, run_id: str, trigger: str) -> Claim | None:
    claimed = websites.claim(transaction, website_id, run_id)
    if claimed is None:
        return None
    website, before = claimed
    runs.queue(transaction, run_id, website_id, shop=shop_of(website), trigger=trigger)
    return Claim(website_id, run_id, before)


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


def _shop_full(shop: str, running: int, settings: Settings) -> bool:
    """Websites whose address cannot be used have no shop in common; their runs fail at once."""
    return bool(shop) and _full(running, settings.syncs_per_shop)


def _full(running: int, bound: int) -> bool:
    return bound > 0 and running >= bound
