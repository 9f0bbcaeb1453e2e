"""What a reader of a shop has to know from the database, and the shop opened with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magento_sync.db import ledger, runs
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.credentials import AdminCredentials, credentials_of
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.shop import ReaderState, Shop

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.settings import Settings


def open_shop(
    database: Database,
    website: Website,
    settings: Settings,
    seconds_left: Callable[[], float],
    run: Run | None = None,
) -> Shop:
    """Opens the website's shop with its credentials from SSM.

    A password that the shop has refused is not tried again until it has changed: six refusals lock the account.

    Raises:
        ShopError: The shop cannot be read; typed by what can be done about it.
        ConfigurationError: SSM could not be asked.
    """
    source = partial(_untried_credentials, database, website, settings)
    return Shop(website, source, settings, seconds_left, database.run(_so_far, website, run))


def _so_far(transaction: Transaction, website: Website, run: Run | None) -> ReaderState:
    probed_up_to, exists_up_to = (run.probe_cursor if run else None) or (0, 0)
    return ReaderState(
        known=[*ledger.newest_order_ids(transaction, website.id), *([website.watermark] if website.watermark else [])],
        damaged=ledger.count_newly_damaged(transaction, run.id, website.id) if run else 0,
        probed_up_to=probed_up_to,
        exists_up_to=exists_up_to,
    )


def _untried_credentials(
    database: Database, website: Website, settings: Settings, *, fresh: bool = False
) -> Credentials:
    credentials = credentials_of(website, settings.credentials_prefix, fresh=fresh)
    if not isinstance(credentials, AdminCredentials):
        return credentials
    address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
    refused = database.run(runs.was_refused, fingerprint(address.base, credentials))
    if refused and not fresh:
        return _untried_credentials(database, website, settings, fresh=True)
    if refused:
        raise ShopNeedsPerson("PASSWORD_NOT_CHANGED")
    return credentials
