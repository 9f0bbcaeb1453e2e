"""Discovery: reading the order list by keyset pages whose size follows the shop."""

from __future__ import annotations

import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.http.responses import PageTooLarge, about_the_request
from magento_sync.magento.orders.gaps import late_orders
from magento_sync.magento.orders.narrowing import EMPTY_SECONDS, Narrowing
from magento_sync.magento.orders.page_size import PageSize
from magento_sync.magento.orders.requests import BEYOND_ALL_IDS, Page, Request, read_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.requests import RequestStyle

GAPS_IN_A_SHORT_ADDRESS = 50  # for servers that stop at less than the 8 kB of nginx
GAPS_IN_A_PLAIN_REQUEST = 9  # from ten filters on Magento sorts a signature's parameters in another way than OAuth does
DAMAGED_IN_A_PLAIN_REQUEST = 3  # left out from the first; narrowing needs room for others


class ListReader:
    """Reads one website's part of the order list."""

    name = "discovery"

    def __init__(
        self, client: MagentoClient, stores: Sequence[int], style: RequestStyle, page_size: int, damage: Damage
    ) -> None:
        self._client = client
        self._stores = stores
        self._style = style
        self._damage = damage
        self._size = PageSize(page_size)
        self._narrowing = Narrowing(client, style, damage)
        self._timeouts = 0
        self._gaps_apart = GAPS_IN_A_PLAIN_REQUEST if style.plain else 0
        self._asked_apart: set[int] = set()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The next orders above an id, and those of the gaps that have appeared.

        Raises:
            ListUnusable: The list cannot be used at all.
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        while True:
            try:
                if self._gaps_apart:
                    return self._page_and_gaps_apart(after, gaps)
                return self._read(Request(self._stores, self._size.now, after, gaps=gaps))
            except ShopNeedsPerson as refused:
                too_long = refused.parameters.get("status") == HTTPStatus.REQUEST_URI_TOO_LONG
                if not too_long or not gaps or self._gaps_apart == 1:
                    raise
                self._gaps_apart = self._gaps_apart // 2 or GAPS_IN_A_SHORT_ADDRESS

    def answers(self) -> bool:
        """Whether the list, which could not be used, can be used again; in one small request."""
        try:
            nothing = Request(self._stores, size=1, after=BEYOND_ALL_IDS)
            read_page(self._client, nothing, self._style, attempts=1, longest=EMPTY_SECONDS)
        except ShopUnavailable as error:
            if error.retry_after is not None or not about_the_request(error):
                raise
            return False
        return True

    def newest(self) -> Page:
        """The newest order of the whole shop alone, or an empty page: ids are shared by all of its stores.

        Raises:
            ShopError: The shop cannot be read.
        """
        return self._ask(Request((), size=1, after=0, newest_first=True))

    def any_above(self, order_id: int) -> bool:
        """Whether the whole shop has an order above an id.

        Raises:
            ShopError: The shop cannot be read.
        """
        return bool(self._ask(Request((), size=1, after=order_id)).orders)

    def first_placed_from(self, moment: datetime) -> Page:
        """The first order of the website that was placed at a moment (UTC) or later, alone, or an empty page.

        Raises:
            ShopError: The shop cannot be read, or not by date: an extension's join may make the column's name ambiguous.
        """
        return self._ask(Request(self._stores, size=1, after=0, placed_from=moment))

    def newest_of_the_website(self) -> Page:
        """The newest order of the website alone, or an empty page.

        Raises:
            ShopError: The shop cannot be read.
        """
        return self._ask(Request(self._stores, size=1, after=0, newest_first=True))

    def first_above(self, order_id: int) -> Page:
        """The first order above an id alone, or an empty page. One that is known to be damaged is passed over.

        Raises:
            ShopError: The shop cannot be read.
        """
        without = sorted(one for one in self._damage.found if one > order_id)
        if self._style.plain:
            without = without[:DAMAGED_IN_A_PLAIN_REQUEST]
        return self._read(Request(self._stores, size=1, after=order_id, without=without))

    def _page_and_gaps_apart(self, after: int, gaps: Sequence[int]) -> Page:
        """Each gap is asked for once an invocation: many small requests are no way to ask again with every page."""
        page = self._read(Request(self._stores, self._size.now, after))
        gaps = [order_id for order_id in gaps if order_id not in self._asked_apart]
        late = late_orders(self._read, self._ask, Request(self._stores, self._size.now, gaps=gaps), self._gaps_apart)
        self._asked_apart.update(gaps)
        return replace(
            page,
            orders=[order for part in late for order in part.orders] + list(page.orders),
            damaged=[order_id for part in late for order_id in part.damaged] + list(page.damaged),
        )

    def _ask(self, request: Request) -> Page:
        return read_page(self._client, request, self._style)

    def _read(self, request: Request) -> Page:
        """Reads what was asked for, smaller or around damaged orders if it has to be."""
        again = True
        while True:
            began = time.monotonic()
            try:
                page = self._ask(request)
            except PageTooLarge as limit:
                self._keep_to(limit, request)
            except ShopUnavailable as failure:
                if failure.retry_after is not None or not about_the_request(failure):
                    raise
                around = self._read_around(request, failure)
                if around is not None:
                    return around
                if request.size > 1:
                    self._size.shrink(request.size)
                elif again:
                    again = False
                else:
                    raise
            else:
                self._timeouts = 0
                self._size.answered(time.monotonic() - began, full=len(page.orders) == self._size.now)
                return page
            request = replace(request, size=min(request.size, self._size.now))

    def _keep_to(self, limit: PageTooLarge, request: Request) -> None:
        if not self._size.limit(limit.largest) and request.size <= self._size.now:
            raise limit

    def _read_around(self, request: Request, failure: ShopUnavailable) -> Page | None:
        """A time-out most likely says that the page was too much, two in a row that an order stalls; all else is an order's fault."""
        if failure.code == "TIMEOUT":
            self._timeouts += 1
            if request.size > 1 and self._timeouts != 2:  # noqa: PLR2004
                return None
        try:
            page = self._narrowing.read_around(request, failure)
        except PageTooLarge as limit:
            self._keep_to(limit, request)
            return None
        if page is not None:
            self._timeouts = 0
        return page
