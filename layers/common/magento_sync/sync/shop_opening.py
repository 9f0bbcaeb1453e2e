"""What a reader of a shop has to know from the database, and the shop opened with it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from magento_sync.db import ledger, runs
from magento_sync.db.connection.retries import retry_transaction
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.credentials import AdminCredentials, credentials_of
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.shop import ReaderState, Shop

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from magento_sync.db.connection.database import Database
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.runs.leases import Lease
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
    return Shop(website, source, settings, seconds_left, _so_far(database, website, run))


@retry_transaction
def gaps_of(database: Database, website: Website, window: int) -> list[int]:
    """Ids below the watermark that have not been seen."""
    with database.transaction() as transaction:
        return ledger.gaps(transaction, website.id, watermark=website.watermark, floor=website.floor, window=window)


@retry_transaction
def quarantined(database: Database, website: Website) -> list[int]:
    """Ids of quarantined orders whose time has come again."""
    with database.transaction() as transaction:
        return ledger.quarantined(transaction, website.id)


@retry_transaction
def recorded_at(database: Database, website: Website, order_id: int) -> datetime | None:
    """When an order was handled, in UTC, if it was."""
    with database.transaction() as transaction:
        return ledger.recorded_at(transaction, website.id, order_id)


@retry_transaction
def newest_to_be_checked(database: Database, lease: Lease) -> bool:
    """Whether the shop's newest id was not found in order within a day."""
    with database.transaction() as transaction:
        return runs.newest_to_be_checked(transaction, lease.website.id)


@retry_transaction
def note_newest_checked(database: Database, lease: Lease) -> None:
    """Notes that the shop's newest id was found in order."""
    with database.transaction() as transaction:
        runs.note_newest_checked(transaction, lease.run.id)


@retry_transaction
def _so_far(database: Database, website: Website, run: Run | None) -> ReaderState:
    with database.transaction() as transaction:
        return ReaderState(
            known=[*ledger.known(transaction, website.id), *([website.watermark] if website.watermark else [])],
            damaged=ledger.damaged_in(transaction, run.id, website.id) if run else 0,
            probed_up_to=(run.probed_up_to if run else None) or 0,
            exists_up_to=(run.exists_up_to if run else None) or 0,
        )


def _untried_credentials(
    database: Database, website: Website, settings: Settings, *, fresh: bool = False
) -> Credentials:
    credentials = credentials_of(website, settings.credentials_prefix, fresh=fresh)
    if not isinstance(credentials, AdminCredentials):
        return credentials
    address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
    refused = _was_refused(database, fingerprint(address.base, credentials))
    if refused and not fresh:
        return _untried_credentials(database, website, settings, fresh=True)
    if refused:
        raise ShopNeedsPerson("PASSWORD_NOT_CHANGED")
    return credentials


@retry_transaction
def _was_refused(database: Database, credentials: str) -> bool:
    with database.transaction() as transaction:
        return runs.was_refused(transaction, credentials)
