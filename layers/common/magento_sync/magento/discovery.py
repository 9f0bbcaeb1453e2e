"""Discovery: reading the order list by keyset pages whose size follows the shop."""

from __future__ import annotations

import time
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.answers import NoSuchEntity, PageTooLarge, about_the_request
from magento_sync.magento.narrowing import ListUnusable, Narrowing
from magento_sync.magento.orders import Page, Request, read_page
from magento_sync.magento.pacing import PageSize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders import Style

GAPS_IN_A_SHORT_ADDRESS = 50  # for servers that stop at less than the 8 kB of nginx
GAPS_IN_A_PLAIN_REQUEST = 9  # from ten filters on Magento sorts a signature's parameters in another way than OAuth does


class Discovery:
    """Reads one website's part of the order list."""

    name = "discovery"

    def __init__(self, client: MagentoClient, stores: Sequence[int], style: Style, page_size: int) -> None:
        self._client = client
        self._stores = stores
        self._style = style
        self._size = PageSize(page_size)
        self._narrowing = Narrowing(client, style)
        self._gaps_apart = GAPS_IN_A_PLAIN_REQUEST if style.plain else 0
        self._asked_apart: set[int] = set()

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """The next orders above an id, and those of the gaps that have appeared.

        Raises:
            ListUnusable: The list cannot be used at all.
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        if not self._gaps_apart:
            try:
                return self._read(Request(self._stores, self._size.now, after, gaps=gaps))
            except ShopNeedsPerson as refused:
                if not gaps or refused.parameters.get("status") != HTTPStatus.REQUEST_URI_TOO_LONG:
                    raise
                self._gaps_apart = GAPS_IN_A_SHORT_ADDRESS
        return self._page_and_gaps_apart(after, gaps)

    def newest(self) -> Page:
        """The newest order of the whole shop alone, or an empty page: ids are shared by all of its stores.

        Raises:
            ShopError: The shop cannot be read.
        """
        return read_page(self._client, Request((), size=1, after=0, newest_first=True), self._style)

    def first_above(self, order_id: int) -> Page:
        """The first order above an id alone, or an empty page.

        Raises:
            ShopError: The shop cannot be read.
        """
        return self._read(Request(self._stores, size=1, after=order_id))

    def _page_and_gaps_apart(self, after: int, gaps: Sequence[int]) -> Page:
        """Each gap is asked for once an invocation: many small requests are no way to ask again with every page."""
        asked = [order_id for order_id in gaps if order_id not in self._asked_apart]
        self._asked_apart.update(asked)
        parts = [asked[start : start + self._gaps_apart] for start in range(0, len(asked), self._gaps_apart)]
        late = [page for part in parts for page in self._gap_pages(part)]
        page = self._read(Request(self._stores, self._size.now, after))
        return replace(
            page,
            orders=[order for part in late for order in part.orders] + list(page.orders),
            damaged=[order_id for part in late for order_id in part.damaged] + list(page.damaged),
        )

    def _gap_pages(self, gaps: Sequence[int]) -> Iterator[Page]:
        """As many pages as it takes for these gaps, where the shop allows small ones only."""
        while gaps:
            page = self._read(Request(self._stores, min(len(gaps), self._size.now), gaps=gaps))
            yield page
            told = [*(int(order["entity_id"]) for order in page.orders), *page.damaged]
            gaps = [order_id for order_id in gaps if order_id > max(told)] if told and not page.last else []

    def _read(self, request: Request) -> Page:
        """Reads what was asked for, smaller or around damaged orders if it has to be."""
        while True:
            began = time.monotonic()
            try:
                page = read_page(self._client, request, self._style)
            except PageTooLarge as limit:
                if not self._size.limit(limit.largest) and request.size <= self._size.now:
                    raise
            except NoSuchEntity:
                raise ListUnusable("SHOP_ERROR", {"status": int(HTTPStatus.NOT_FOUND)}) from None
            except ShopUnavailable as failure:
                if not about_the_request(failure):
                    raise
                # A time-out most likely says that the page was too much; what fails at once is rather one order's fault.
                too_much = failure.code == "TIMEOUT" and self._size.now > 1
                around = None if too_much else self._narrowing.read_around(request, failure)
                if around is not None:
                    return around
                self._shrink(failure)
            else:
                self._size.answered(time.monotonic() - began, full=len(page.orders) == self._size.now)
                return page
            request = replace(request, size=min(request.size, self._size.now))

    def _shrink(self, failure: ShopUnavailable) -> None:
        if not self._size.shrink():
            raise failure
