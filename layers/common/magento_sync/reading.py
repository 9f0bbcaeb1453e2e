"""What every reader of a shop needs first: the shop opened for a website, and the ids to look at again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magento_sync import ledger
from magento_sync.credentials import credentials_of
from magento_sync.magento.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.database import Database
    from magento_sync.settings import Settings
    from magento_sync.websites import Website


def open_shop(website: Website, settings: Settings, seconds_left: Callable[[], float]) -> Shop:
    """Opens the website's shop with its credentials from SSM.

    Raises:
        ShopError: The shop cannot be read; typed by what can be done about it.
        ConfigurationError: SSM could not be asked.
    """
    return Shop(
        website,
        credentials=partial(credentials_of, website, settings.credentials_prefix),
        settings=settings,
        seconds_left=seconds_left,
    )


def gaps_of(database: Database, website: Website, window: int) -> list[int]:
    """Ids below the watermark that have not been seen, and quarantined ones whose time has come."""
    with database.transaction() as transaction:
        return ledger.gaps(transaction, website.id, watermark=website.watermark, floor=website.floor, window=window)
