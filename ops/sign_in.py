"""Signs in at a website's shop and reads its newest orders, as a sync does, but writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from magento_sync.db import runs
from magento_sync.deadline import Deadline
from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.admin_login import PasswordRefused
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.http.failures import RequestFailed
from magento_sync.magento.orders.id_reader import IdReader
from magento_sync.magento.shop import Shop, ShopSite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.orders.page import Page
    from magento_sync.settings import Settings

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Visit:
    """What a visit of a shop brought.

    Attributes:
        stores: The website's store views, once they are known.
        newest: The newest orders, newest first, if they could be read.
        page_error: Why the newest orders could not be read together, if they could be read otherwise.
        one_by_one: Whether orders are read by their ids, because the list is unusable.
        error: Why the visit ended early.
    """

    stores: Sequence[int] = ()
    newest: Page | None = None
    page_error: ShopError | None = None
    one_by_one: bool = False
    error: ShopError | None = None


@dataclass
class Visitor:
    """Visits shops, and never sends a password again that a shop has refused: six refusals lock an account."""

    database: Database
    settings: Settings
    refused: set[str] = field(default_factory=set, repr=False)

    def visit(self, website: Website, credentials: Credentials, orders: int = 1) -> Visit:
        """Signs in, finds the website's store views, and reads its newest orders."""
        stores: Sequence[int] = ()
        try:
            with self._shop(website, credentials) as shop:
                stores = shop.stores
                return _read(shop, stores, website.watermark, orders)
        except ShopError as error:
            if isinstance(error, PasswordRefused) and error.refused_credentials:
                self.refused.add(error.refused_credentials)
            return Visit(stores, error=error)

    def check(self, website: Website, credentials: Credentials) -> None:
        """Checks that a sync could read the website's orders with these credentials.

        Raises:
            ShopError: It could not.
        """
        error = self.visit(website, credentials).error
        if error is not None:
            raise error

    def _shop(self, website: Website, credentials: Credentials) -> Shop:
        address = shop_address(website.api_url, allow_insecure=self.settings.allow_insecure_shops)
        if isinstance(credentials, AdminCredentials):
            mark = fingerprint(address.base, credentials)
            if mark in self.refused or self.database.run(runs.was_refused, mark):
                raise ShopNeedsPerson("PASSWORD_NOT_CHANGED")
        site = ShopSite(address, website.domain, website.store_id)
        return Shop(site, lambda *, fresh=False: credentials, self.settings, Deadline.after(PATIENCE_SECONDS))  # noqa: ARG005


def _read(shop: Shop, stores: Sequence[int], watermark: int, orders: int) -> Visit:
    """Reads the newest orders; if that fails, the newest alone; if that fails too, as a sync reads on."""
    try:
        return Visit(stores, shop.newest(orders))
    except RequestFailed as failure:
        try:
            return Visit(stores, shop.newest(1), page_error=failure)
        except RequestFailed:
            page = shop.page(watermark, ())
            newest_first = replace(page, orders=page.orders[::-1])
            return Visit(stores, newest_first, page_error=failure, one_by_one=shop.method == IdReader.name)


def kind_of(credentials: Credentials) -> str:
    """Returns the kind of credentials in plain words."""
    if isinstance(credentials, BearerToken):
        return "an integration's token as Bearer"
    return "an admin's password" if isinstance(credentials, AdminCredentials) else "an integration's OAuth values"
