"""A shop opened for a website: the right credentials, the right store views, and pages whose size follows the shop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from magento_sync.credentials import AdminCredentials, BearerToken
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.address import shop_address
from magento_sync.magento.answers import ORDERS_PERMISSION, STORES_PERMISSION, PageTooLarge, Unauthorized
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.orders import Request, read_page
from magento_sync.magento.stores import configured_store, stores_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from magento_sync.credentials import Credentials
    from magento_sync.magento.orders import Page
    from magento_sync.settings import Settings
    from magento_sync.websites import Website


class CredentialsSource(Protocol):
    """Gives a website's credentials."""

    def __call__(self, *, fresh: bool = False) -> Credentials:
        """The credentials; `fresh` where cached ones were refused."""


class Shop:
    """One website's part of a shop."""

    method = "discovery"

    def __init__(
        self,
        website: Website,
        credentials: CredentialsSource,
        settings: Settings,
        seconds_left: Callable[[], float],
    ) -> None:
        """Connects and finds the website's store views.

        Args:
            website: Whose shop.
            credentials: Gives them, and afresh on request.
            settings: The operator's.
            seconds_left: How much time there is for everything.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
        self._settings = settings
        self._page_size = settings.page_size
        self._client = MagentoClient(address, credentials(), seconds_left=seconds_left)
        try:
            self._stores = self._stores_with_fresh_credentials(website, credentials)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connection."""
        self._client.close()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The next orders above an id, and those of the gaps that have appeared.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        try:
            return self._page(after, gaps)
        except PageTooLarge as limit:
            if not 0 < limit.largest < self._page_size:
                raise
            self._page_size = limit.largest
            return self._page(after, gaps)
        except Unauthorized:
            # The stores could be read, so we are who we say.
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": ORDERS_PERMISSION}) from None

    def _page(self, after: int, gaps: Sequence[int]) -> Page:
        request = Request(self._stores, after, gaps, self._page_size, enrich=self._settings.enrich_customers)
        return read_page(self._client, request)

    def _stores_with_fresh_credentials(self, website: Website, credentials: CredentialsSource) -> Sequence[int]:
        try:
            return self._find_stores(website)
        except Unauthorized as refused:
            fresh = credentials(fresh=True)
            if fresh == self._client.credentials:
                return self._stores_without_permission(website, refused)
            self._client.use(fresh)
        try:
            return self._find_stores(website)
        except Unauthorized as refused:
            return self._stores_without_permission(website, refused)

    def _find_stores(self, website: Website) -> list[int]:
        return stores_of(self._client, website.domain, website.store_id)

    def _stores_without_permission(self, website: Website, refused: Unauthorized) -> list[int]:
        """Falls back to the configured store where only the stores may not be asked for; else says what to check."""
        if (
            isinstance(self._client.credentials, AdminCredentials)
            or not refused.permission
            or not self._may_read_orders()
        ):
            raise self._refusal(refused)
        configured = configured_store(website.store_id)
        if not configured:
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": STORES_PERMISSION})
        return configured

    def _may_read_orders(self) -> bool:
        try:
            self._client.get("/orders", {"searchCriteria[pageSize]": 1, "fields": "total_count"})
        except Unauthorized:
            return False
        return True

    def _refusal(self, refused: Unauthorized) -> ShopNeedsPerson:
        """The shop's refusals all look alike; which one it is depends on how we came."""
        if isinstance(self._client.credentials, BearerToken):
            return ShopNeedsPerson("BEARER_REFUSED")
        return refused
