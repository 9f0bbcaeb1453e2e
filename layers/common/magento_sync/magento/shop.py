"""A shop opened for a website: the right credentials, the right store views, and a way to read its orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento import survey
from magento_sync.magento.access import gain_access, mis_signed
from magento_sync.magento.address import shop_address
from magento_sync.magento.answers import ORDERS_PERMISSION, AnswerUnusable, NoSuchEntity, Unauthorized
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.discovery import Discovery
from magento_sync.magento.identity import Identity
from magento_sync.magento.narrowing import ListUnusable
from magento_sync.magento.orders import Page, Style, read_order
from magento_sync.magento.probing import Probing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from magento_sync.magento.identity import CredentialsSource
    from magento_sync.settings import Settings
    from magento_sync.websites import Website

T = TypeVar("T")


class Shop:
    """One website's part of a shop.

    Attributes:
        method: How orders are read: `discovery`, or `probing` where the list cannot be used.
        why: The code of what is the matter with the list, where it cannot be used.
    """

    def __init__(
        self,
        website: Website,
        credentials: CredentialsSource,
        settings: Settings,
        seconds_left: Callable[[], float],
        known_orders: Sequence[int] = (),
    ) -> None:
        """Connects and finds the website's store views.

        Args:
            website: Whose shop.
            credentials: Gives them, and afresh on request.
            settings: The operator's.
            seconds_left: How much time there is for everything.
            known_orders: Ids of orders that the shop has shown before.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        self._address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
        self._settings = settings
        self._seconds_left = seconds_left
        self._known_orders = known_orders
        self._style = Style(enrich=settings.enrich_customers)
        self._identity = Identity(credentials)
        self._client = self._connect()
        self._probing: Probing | None = None
        self.method = Discovery.name
        self.why: str | None = None
        try:
            self._stores, self._style = gain_access(self._client, website, self._style)
        except BaseException:
            self._client.close()
            raise
        self._discovery = self._discovery_in(self._style)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        self._client.close()
        if self._probing is not None:
            self._probing.close()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The next orders above an id, and those of the gaps that have appeared.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        if self._probing is not None:
            return self._probing.page(after, gaps)
        try:
            page = self._listed(lambda discovery: discovery.page(after, gaps))
        except Unauthorized as refused:
            if refused.permission is None:
                raise
            # The stores could be read, so we are who we say.
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": ORDERS_PERMISSION}) from None
        except ListUnusable as failure:
            self._probing = Probing(
                self._connect,
                self._stores,
                self._style,
                known=self._known_orders,
                look_ahead=self._settings.look_ahead,
                why=failure,
            )
            page = self._probing.page(after, gaps)
            self.method, self.why = Probing.name, failure.code
        self._known_orders = [int(order["entity_id"]) for order in page.orders[-1:]] or self._known_orders
        return page

    def again(self, order_ids: Sequence[int]) -> Page:
        """Tries quarantined orders once more, each alone; call it after a page has succeeded.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        orders, damaged, elsewhere = [], [], []
        for order_id in order_ids:
            try:
                order = read_order(self._client, order_id, self._style)
            except (AnswerUnusable, NoSuchEntity):
                damaged.append(order_id)
                continue
            except ShopUnavailable:
                # The attempt counts, or one order that takes the shop down would be tried at every run; the others wait.
                damaged.append(order_id)
                break
            if order.get("store_id") in self._stores:
                orders.append(order)
            else:
                elsewhere.append(order_id)
        return Page(orders, last=True, damaged=damaged, elsewhere=elsewhere)

    def check_start_over(self, watermark: int, recorded_at: Callable[[int], datetime | None]) -> None:
        """Looks whether the shop was restored or reinstalled; see `survey.check_start_over`.

        Raises:
            ShopNeedsPerson: `SHOP_RESET`.
        """
        if self._probing is None:
            survey.check_start_over(self._discovery, watermark, self._settings.gap_window, recorded_at)

    def last_before(self, moment: datetime) -> int:
        """The highest id of an order placed before a moment (UTC), or 0.

        Raises:
            ShopError: The shop cannot be read.
        """
        return self._listed(lambda discovery: survey.last_before(discovery, moment))

    def _listed(self, read: Callable[[Discovery], T]) -> T:
        """Reads the list, in plain requests from now on if only those are signed as the shop signs them."""
        try:
            return read(self._discovery)
        except Unauthorized as refused:
            if self._style.plain or not mis_signed(self._client, refused):
                raise
            plain = replace(self._style, plain=True)
            discovery = self._discovery_in(plain)
            try:
                answer = read(discovery)
            except Unauthorized:
                raise refused from None
        self._style, self._discovery = plain, discovery
        return answer

    def _discovery_in(self, style: Style) -> Discovery:
        return Discovery(self._client, self._stores, style, self._settings.page_size)

    def _connect(self) -> MagentoClient:
        return MagentoClient(
            self._address,
            self._identity,
            seconds_left=self._seconds_left,
            allow_private=self._settings.allow_insecure_shops,
            contact=self._settings.contact,
        )
