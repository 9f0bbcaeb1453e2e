"""A shop opened for a website: the right credentials, the right store views, and a way to read its orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from magento_sync.magento.access import gain_access, mis_signed, permission_told
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.identity import Identity
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.http.responses import Unauthorized
from magento_sync.magento.orders import numbering
from magento_sync.magento.orders.damage import Damage
from magento_sync.magento.orders.id_reader import IdReader
from magento_sync.magento.orders.list_reader import ListReader
from magento_sync.magento.orders.narrowing import ListUnusable
from magento_sync.magento.orders.quarantine_retry import retry_quarantined
from magento_sync.magento.orders.requests import Page, RequestStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from magento_sync.db.websites import Website
    from magento_sync.errors import ShopError
    from magento_sync.magento.auth.identity import CredentialsSource
    from magento_sync.settings import Settings

T = TypeVar("T")

LOOKS_BETWEEN = 5  # at so many ids by probing each, before the list is tried again


@dataclass(frozen=True)
class ReaderState:
    """What is known when an invocation begins to read.

    Attributes:
        known: Ids of orders that the shop has shown before.
        damaged: How many orders the run has found damaged in earlier invocations.
        probed_up_to: How far the run has looked by probing, or 0.
        exists_up_to: The highest id of an order that it has met by probing, or 0.
    """

    known: Sequence[int] = ()
    damaged: int = 0
    probed_up_to: int = 0
    exists_up_to: int = 0


class Shop:
    """One website's part of a shop.

    Attributes:
        method: How orders were read last: by `discovery`, or by `probing` where the list cannot be used.
        why: The code of what is the matter with the list, where it cannot be used.
    """

    def __init__(
        self,
        website: Website,
        credentials: CredentialsSource,
        settings: Settings,
        seconds_left: Callable[[], float],
        so_far: ReaderState | None = None,
    ) -> None:
        """Connects and finds the website's store views.

        Args:
            website: Whose shop.
            credentials: Gives them, and afresh on request.
            settings: The operator's.
            seconds_left: How much time there is for everything.
            so_far: What is known of its orders.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        self._address = shop_address(website.api_url, allow_insecure=settings.allow_insecure_shops)
        self._settings = settings
        self._seconds_left = seconds_left
        so_far = so_far or ReaderState()
        self._known_orders = so_far.known
        self._damage = Damage(so_far.damaged)
        self._probed_up_to = so_far.probed_up_to
        self._exists_up_to = so_far.exists_up_to
        self._style = RequestStyle(enrich=settings.enrich_customers)
        self._identity = Identity(credentials)
        self._client = self._connect()
        self._probing: IdReader | None = None
        self._looks = 0
        self._has_read = False
        self.method = ListReader.name
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
        self._stop_probing()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The next orders above an id, and those of the gaps that have appeared.

        Raises:
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        with permission_told(orders_read=self._has_read):
            if self._probing is not None and self._looks % LOOKS_BETWEEN == 0 and self._discovery.answers():
                self._stop_probing()
            if self._probing is None:
                try:
                    page = self._listed(lambda discovery: discovery.page(after, gaps))
                except ListUnusable as failure:
                    self._start_probing(failure)
            if self._probing is not None:
                page = self._probing.page(after, gaps)
                self._looks += 1
                if page.probed:
                    self._probed_up_to, self._exists_up_to = page.probed.up_to, page.probed.exists_up_to
        self._has_read = True
        self._known_orders = [int(order["entity_id"]) for order in page.orders[-1:]] or self._known_orders
        return page

    def again(self, order_ids: Sequence[int]) -> tuple[Page, ShopError | None]:
        """Tries quarantined orders once more, each alone; see `again.try_again`."""
        return retry_quarantined(self._client, order_ids, self._stores, self._style)

    def check_start_over(self, watermark: int, recorded_at: Callable[[int], datetime | None]) -> None:
        """Looks whether the shop was restored or reinstalled; see `survey.check_start_over`.

        Raises:
            ShopNeedsPerson: `SHOP_RESET`.
        """
        if self._probing is None:
            numbering.check_start_over(self._discovery, watermark, self._settings.gap_window, recorded_at)

    def last_before(self, moment: datetime) -> int:
        """The highest id of an order placed before a moment (UTC), or 0; also 0 where the list cannot be used.

        Raises:
            ShopError: The shop cannot be read.
        """
        with permission_told(orders_read=self._has_read):
            try:
                return self._listed(lambda discovery: numbering.last_before(discovery, moment))
            except ListUnusable as failure:
                self._start_probing(failure)
                return 0

    def _start_probing(self, failure: ListUnusable) -> None:
        self._probing = IdReader(
            self._connect,
            self._stores,
            self._style,
            known=self._known_orders,
            damage=self._damage,
            looked_up_to=self._probed_up_to,
            exists_up_to=self._exists_up_to,
            look_ahead=self._settings.look_ahead,
            why=failure,
        )
        self._looks = 1
        self.method, self.why = IdReader.name, failure.code

    def _stop_probing(self) -> None:
        if self._probing is not None:
            self._probing.close()
        self._probing = None
        self.method, self.why = ListReader.name, None

    def _listed(self, read: Callable[[ListReader], T]) -> T:
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

    def _discovery_in(self, style: RequestStyle) -> ListReader:
        return ListReader(self._client, self._stores, style, self._settings.page_size, self._damage)

    def _connect(self) -> MagentoClient:
        return MagentoClient(
            self._address,
            self._identity,
            seconds_left=self._seconds_left,
            allow_private=self._settings.allow_insecure_shops,
            contact=self._settings.contact,
        )
