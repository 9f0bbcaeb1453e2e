"""One website's part of a shop: the right credentials, the right store views, and a way to read its orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.access import find_stores, in_either_style
from magento_sync.magento.auth.admin_login import PasswordRefused
from magento_sync.magento.auth.identity import Identity
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.http.failures import NoApi, Unauthorized
from magento_sync.magento.http.responses import ORDERS_PERMISSION
from magento_sync.magento.orders import numbering
from magento_sync.magento.orders.damage import Damage
from magento_sync.magento.orders.id_reader import IdReader
from magento_sync.magento.orders.list_reader import ListReader
from magento_sync.magento.orders.narrowing import ListUnusable
from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.magento.orders.quarantine_retry import retry_quarantined
from magento_sync.magento.orders.requests import RequestStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from magento_sync.deadline import Deadline
    from magento_sync.magento.address import ShopAddress
    from magento_sync.magento.auth.identity import CredentialsSource
    from magento_sync.magento.orders.page import Page
    from magento_sync.settings import Settings

T = TypeVar("T")

START = ProbeCursor()
PAGES_BETWEEN_LIST_CHECKS = 5  # that many pages are read by id before the list is tried again


@dataclass(frozen=True)
class ShopSite:
    """The part of a shop that belongs to one website.

    The website's domain decides its store views; where it matches none, `store_id` does, as its owner typed it.
    """

    address: ShopAddress
    domain: str
    store_id: str | None = None


@dataclass(frozen=True)
class ReaderState:
    """What is known when an invocation begins to read.

    Attributes:
        known: Ids of orders that the shop has shown before.
        damaged: How many orders the run has found damaged in earlier invocations.
        cursor: How far the run has probed.
    """

    known: Sequence[int] = ()
    damaged: int = 0
    cursor: ProbeCursor = START


class Shop:
    """Reads one website's orders; a context manager that connects on entry.

    Attributes:
        method: How orders were read last: by `discovery`, or by `probing` where the list cannot be used.
        method_reason: The code of why the list cannot be used.
    """

    def __init__(
        self,
        site: ShopSite,
        credentials: CredentialsSource,
        settings: Settings,
        deadline: Deadline,
        state: ReaderState | None = None,
    ) -> None:
        state = state or ReaderState()
        self.method = ListReader.name
        self.method_reason: str | None = None
        self._site = site
        self._settings = settings
        self._known_orders = state.known
        self._damage = Damage(state.damaged)
        self._cursor = state.cursor
        self._style = RequestStyle(enrich=settings.enrich_customers)
        self._client = MagentoClient(
            site.address,
            Identity(credentials),
            deadline=deadline,
            allow_private=settings.allow_insecure_shops,
            contact=settings.contact,
        )
        self._stores: Sequence[int] = ()
        self._list: ListReader
        self._by_id: IdReader | None = None
        self._pages_by_id = 0
        self._has_read = False

    def __enter__(self) -> Self:
        """Finds the website's store views. Raises ShopError if the shop cannot be read."""
        try:
            self._stores, self._style = self._find_stores()
        except BaseException:
            self._client.close()
            raise
        self._list = self._list_reader(self._style)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        self._list.close()
        self._client.close()

    @property
    def answer_seconds(self) -> float:
        """The time that the shop took for its last answer."""
        return self._client.answer_seconds

    @property
    def stores(self) -> Sequence[int]:
        """The ids of the website's store views."""
        return self._stores

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """Returns the next orders above an id, and those of the gaps that have appeared. Raises ShopError."""
        page = self._read_orders(lambda: self._page(after, gaps))
        self._known_orders = [order.id for order in page.orders[-1:]] or self._known_orders
        return page

    def newest(self, size: int) -> Page:
        """Returns the website's newest orders, newest first. Raises ShopError."""
        return self._read_orders(lambda: self._from_list(lambda reader: reader.newest(size)))

    def retry_quarantined(self, order_ids: Sequence[int]) -> Page:
        """Reads quarantined orders once more, each alone; to be called after a page has succeeded."""
        return retry_quarantined(self._client, order_ids, self._stores, self._style, self._list.answers)

    def check_start_over(self, watermark: int, recorded_at: Callable[[int], datetime | None]) -> None:
        """Checks whether the shop was restored or reinstalled, as `numbering.check_start_over` does."""
        if self._by_id is None:
            numbering.check_start_over(self._list, watermark, self._settings.gap_window, recorded_at)

    def last_id_before(self, moment: datetime) -> int:
        """Returns the highest id of an order placed before a moment (UTC), or 0; as `numbering.last_id_before`."""
        return self._read_orders(lambda: self._from_list(lambda reader: numbering.last_id_before(reader, moment)))

    def _page(self, after: int, gaps: Sequence[int]) -> Page:
        if self._by_id is not None and self._pages_by_id % PAGES_BETWEEN_LIST_CHECKS == 0 and self._list.answers():
            self._by_id, self.method, self.method_reason = None, ListReader.name, None
        if self._by_id is None:
            try:
                return self._from_list(lambda reader: reader.page(after, gaps))
            except ListUnusable as unusable:
                self._by_id = self._id_reader(unusable)
                self._pages_by_id, self.method, self.method_reason = 0, IdReader.name, unusable.failure.code
        page = self._by_id.page(after, gaps)
        self._pages_by_id += 1
        self._cursor = self._by_id.cursor
        return page

    def _read_orders(self, read: Callable[[], T]) -> T:
        """Names the missing permission: the store views were readable, so the credentials are valid.

        Raises:
            ShopNeedsPerson: `PERMISSION_MISSING`.
        """
        try:
            result = self._renewing_credentials(read)
        except Unauthorized as refused:
            if refused.permission is None or self._has_read:
                raise
            raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": ORDERS_PERMISSION}) from None
        self._has_read = True
        return result

    def _renewing_credentials(self, read: Callable[[], T]) -> T:
        """Reads again with other credentials, as long as there are any that the shop has not refused."""
        while True:
            try:
                return read()
            except (Unauthorized, PasswordRefused) as refused:
                if not self._client.renew_credentials(refused):
                    raise

    def _find_stores(self) -> tuple[Sequence[int], RequestStyle]:
        """Looks for the API at its usual place, then where its address was typed. Raises NoApi if it is in neither."""
        for root in self._site.address.api_roots[1:]:
            try:
                return self._renewing_credentials(self._stores_below_root)
            except NoApi:
                self._client.try_root(root)
        return self._renewing_credentials(self._stores_below_root)

    def _stores_below_root(self) -> tuple[Sequence[int], RequestStyle]:
        return find_stores(self._client, self._site.domain, self._site.store_id, self._style)

    def _from_list(self, read: Callable[[ListReader], T]) -> T:
        """Reads the list, in plain requests from now on if only those are signed as the shop signs them."""

        def ask(style: RequestStyle) -> T:
            reader = self._list if style == self._style else self._list_reader(style)
            result = read(reader)
            self._style, self._list = style, reader
            return result

        result, _ = in_either_style(self._client, self._style, ask)
        return result

    def _list_reader(self, style: RequestStyle) -> ListReader:
        return ListReader(self._client, self._stores, style, self._damage, self._settings)

    def _id_reader(self, unusable: ListUnusable) -> IdReader:
        return IdReader(
            self._client,
            self._stores,
            self._style,
            known=self._known_orders,
            damage=self._damage,
            cursor=self._cursor,
            look_ahead=self._settings.look_ahead,
            gap_window=self._settings.gap_window,
            reason=unusable.failure,
        )
