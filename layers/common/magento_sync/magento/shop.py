"""A shop opened for a website: the right credentials, the right store views, and a way to read its orders."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from magento_sync.credentials import BearerToken, OAuthCredentials
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.address import shop_address
from magento_sync.magento.answers import (
    ORDERS_PERMISSION,
    STORES_PERMISSION,
    AnswerUnusable,
    NoSuchEntity,
    Unauthorized,
)
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.discovery import Discovery
from magento_sync.magento.narrowing import ListUnusable
from magento_sync.magento.orders import BEYOND_ALL_IDS, Page, Request, Style, read_order, read_page
from magento_sync.magento.probing import Probing
from magento_sync.magento.stores import configured_store, stores_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from magento_sync.credentials import Credentials
    from magento_sync.settings import Settings
    from magento_sync.websites import Website


class CredentialsSource(Protocol):
    """Gives a website's credentials."""

    def __call__(self, *, fresh: bool = False) -> Credentials:
        """The credentials; `fresh` where cached ones were refused."""


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
        self._client = self._connect(credentials())
        self._probing: Probing | None = None
        self.method = Discovery.name
        self.why: str | None = None
        try:
            self._stores = self._find_stores(website, credentials)
        except BaseException:
            self._client.close()
            raise
        self._discovery = Discovery(self._client, self._stores, self._style, settings.page_size)

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
            page = self._discovery.page(after, gaps)
        except Unauthorized:
            # The stores could be read, so we are who we say.
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": ORDERS_PERMISSION}) from None
        except ListUnusable as failure:
            self._probing = Probing(
                lambda: self._connect(self._client.credentials),
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
            if order.get("store_id") in self._stores:
                orders.append(order)
            else:
                elsewhere.append(order_id)
        return Page(orders, last=True, damaged=damaged, elsewhere=elsewhere)

    def check_start_over(self, watermark: int, recorded_at: Callable[[int], datetime | None]) -> None:
        """Looks whether the shop was restored or reinstalled: its ids begin anew, and it would look idle for ever.

        Args:
            watermark: The highest id that was handled.
            recorded_at: When an id was handled, in UTC, if it was.

        Raises:
            ShopNeedsPerson: `SHOP_RESET`: the newest order lies further below the watermark than deletions explain, or it is
                younger than our record of its id.
        """
        if self._probing is not None:
            return
        try:
            newest = self._discovery.newest().orders
        except AnswerUnusable:  # a damaged order; there is another day
            return
        newest_id = int(newest[0]["entity_id"]) if newest else 0
        if newest_id > watermark:
            return
        recorded = recorded_at(newest_id)
        reused = bool(newest and recorded and (_created_at(newest[0]) or recorded) > recorded)
        if reused or newest_id < watermark - self._settings.gap_window or not newest:
            raise ShopNeedsPerson("SHOP_RESET", {"newest": newest_id, "watermark": watermark})

    def last_before(self, moment: datetime) -> int:
        """The highest id of an order placed before a moment (UTC), or 0; in O(log n) small requests.

        By bisection, because a filter on `created_at` fails where an extension joins tables, and takes ids to rise with time.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        low, high = 0, BEYOND_ALL_IDS
        while low < high:
            middle = (low + high) // 2
            first = self._discovery.first_above(middle).orders
            created = _created_at(first[0]) if first else None
            if created is not None and created < moment:
                low = int(first[0]["entity_id"])
            else:
                high = middle
        return low

    def _connect(self, credentials: Credentials) -> MagentoClient:
        return MagentoClient(
            self._address,
            credentials,
            seconds_left=self._seconds_left,
            allow_private=self._settings.allow_insecure_shops,
        )

    def _find_stores(self, website: Website, credentials: CredentialsSource) -> Sequence[int]:
        """The stores by the credentials at hand, once more by fresh ones, and once more in plain requests."""
        try:
            return self._stores_of(website)
        except Unauthorized as error:
            refused = error
        fresh = credentials(fresh=True)
        if fresh != self._client.credentials:
            self._client.use(fresh)
            try:
                return self._stores_of(website)
            except Unauthorized as error:
                refused = error
        if isinstance(fresh, OAuthCredentials) and refused.permission is None:
            return self._stores_in_plain_requests(website, refused)
        return self._stores_without_permission(website, refused)

    def _stores_of(self, website: Website) -> list[int]:
        return stores_of(self._client, website.domain, website.store_id, plain=self._style.plain)

    def _stores_in_plain_requests(self, website: Website, refused: Unauthorized) -> list[int]:
        """One version is said to mis-sign commas and brackets (#37278); without them its signatures are right."""
        self._style = Style(enrich=self._style.enrich, plain=True)
        try:
            return self._stores_of(website)
        except Unauthorized as error:
            if error.permission is None:
                raise refused from None
            return self._stores_without_permission(website, error)

    def _stores_without_permission(self, website: Website, refused: Unauthorized) -> list[int]:
        """Falls back to the configured store where only the stores may not be asked for; else says what to check."""
        if not refused.permission or not self._may_read_orders():
            raise _refusal(self._client.credentials, refused)
        configured = configured_store(website.store_id)
        if not configured:
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": STORES_PERMISSION})
        return configured

    def _may_read_orders(self) -> bool:
        try:
            read_page(self._client, Request(stores=(1,), size=1, after=BEYOND_ALL_IDS), self._style)
        except Unauthorized:
            return False
        return True


def _refusal(credentials: Credentials, refused: Unauthorized) -> ShopNeedsPerson:
    """The shop's refusals look alike, except that a wrong OAuth signature names no permission (recordings 52-*, 54-*).

    An integration that is switched off is refused like one without permissions (57-integration-inactive), a Bearer token in the
    same words whatever is wrong with it (50-*, 51-*): most likely that Bearer is switched off.
    """
    return ShopNeedsPerson("BEARER_REFUSED") if isinstance(credentials, BearerToken) else refused


def _created_at(order: dict[str, object]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(order.get("created_at")))
    except ValueError:
        return None
