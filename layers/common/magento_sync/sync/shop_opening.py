"""Opens a website's shop with what the database knows of its orders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magento_sync.db import ledger
from magento_sync.magento.address import shop_address
from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.magento.shop import ReaderState, Shop, ShopSite
from magento_sync.sync.credentials import usable_credentials

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.deadline import Deadline
    from magento_sync.settings import Settings


def open_shop(
    database: Database, website: Website, settings: Settings, deadline: Deadline, run: Run | None = None
) -> Shop:
    """Returns the website's shop, which connects when it is entered; `run` is the run that reads, if one does.

    Raises:
        ShopNeedsPerson: The address cannot be used.
    """
    address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
    source = partial(usable_credentials, database, website, address, settings.credentials_prefix)
    site = ShopSite(address, website.domain, website.store_id)
    return Shop(site, source, settings, deadline, database.run(_reader_state, website, run))


def _reader_state(transaction: Transaction, website: Website, run: Run | None) -> ReaderState:
    return ReaderState(
        known=[*ledger.newest_order_ids(transaction, website.id), *([website.watermark] if website.watermark else [])],
        damaged=ledger.count_newly_damaged(transaction, run.id, website.id) if run else 0,
        cursor=ProbeCursor(*(run.probe_cursor or ())) if run else ProbeCursor(),
    )
