"""Opens a website's shop."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magento_sync.magento.address import shop_address
from magento_sync.magento.shop import ReaderState, Shop, ShopSite
from magento_sync.sync.credentials import usable_credentials

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.deadline import Deadline
    from magento_sync.settings import Settings


def open_shop(database: Database, website: Website, settings: Settings, deadline: Deadline, state: ReaderState) -> Shop:
    """Returns the website's shop, which connects when it is entered.

    Raises:
        ShopNeedsPerson: The address cannot be used.
    """
    address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
    source = partial(usable_credentials, database, website, address, settings.credentials_prefix)
    return Shop(ShopSite(address, website.domain, website.store_id), source, settings, deadline, state)
