"""What a sync would do, without doing it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magento_sync.db import ledger, websites
from magento_sync.db.outcomes import Outcome
from magento_sync.db.reading_progress import queue_progress
from magento_sync.db.run_record import Counts
from magento_sync.errors import ShopError
from magento_sync.runs import leases
from magento_sync.sync.conversion import ConvertedPage, convert_page
from magento_sync.sync.first_import import too_old_up_to
from magento_sync.sync.page_storage import judge_and_store
from magento_sync.sync.result import Summary, skipped, summary
from magento_sync.sync.shop_opening import open_shop
from magento_sync.sync.starting_point import starting_point

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website
    from magento_sync.deadline import Deadline
    from magento_sync.settings import Settings
    from magento_sync.sync.starting_point import StartingPoint

PAGE_SECONDS = 60.0


def dry_run(database: Database, settings: Settings, deadline: Deadline, website_id: str) -> Summary:
    """Reads and converts the website's new orders and returns the outcome of each; writes nothing.

    It claims nothing either, so it works while auto-upload is off. Where the time does not suffice for all orders, the
    status is STOPPED and the result covers those that were read.
    """
    found = database.run(_find, website_id, settings)
    if found is None:
        return skipped(website_id, None, "WEBSITE_NOT_FOUND")
    website, start = found
    try:
        read, method, is_complete = _read(database, settings, deadline, website, start)
    except ShopError as error:
        failed = summary(website_id, None, "FAILED", error_code=error.code)
        return {**failed, "errorParameters": dict(error.parameters)}
    outcomes = database.run(judge, website.id, read)
    answer = summary(
        website_id,
        None,
        "COMPLETED" if is_complete else "STOPPED",
        method=method,
        counts=Counts.of(len(read.order_ids), outcomes),
        from_entity_id=max(website.watermark, website.floor),
        watermark=max([website.watermark, *read.certain_ids]),
    )
    orders = {
        outcome.value: sorted(order_id for order_id, actual in outcomes.items() if actual is outcome)
        for outcome in Outcome
        if outcome is not Outcome.RELEASED
    }
    return {**answer, "orders": orders}


def _find(transaction: Transaction, website_id: str, settings: Settings) -> tuple[Website, StartingPoint] | None:
    website = websites.find(transaction, website_id)
    if website is None:
        return None
    highest = ledger.queue_highest_id(transaction, website_id)
    progress = queue_progress(transaction, website, settings.gap_window)
    website = replace(website, floor=leases.floor_of(website, highest()))
    return website, starting_point(website, progress(), settings)


def _read(
    database: Database, settings: Settings, deadline: Deadline, website: Website, start: StartingPoint
) -> tuple[ConvertedPage, str, bool]:
    read = ConvertedPage([], {})
    gaps = start.gaps
    with open_shop(database, website, settings, deadline, start.reader) as shop:
        after = max(website.watermark, website.floor, too_old_up_to(shop, website, start.cutoff))
        while True:
            page = shop.page(after, gaps)
            read += convert_page(page, enrich=settings.enrich_customers, cutoff=start.cutoff)
            if page.last or deadline.seconds_left() <= PAGE_SECONDS:
                return read, shop.method, page.last
            seen = set(read.order_ids)
            after, gaps = max([after, *read.certain_ids]), [order_id for order_id in gaps if order_id not in seen]


def judge(transaction: Transaction, website_id: str, read: ConvertedPage) -> dict[int, Outcome]:
    """Stores the orders and undoes that, so that each outcome is the real one."""
    websites.lock(transaction, website_id)
    with transaction.savepoint(undo=True):
        return judge_and_store(transaction, website_id, "dry run", read)
