"""Discovery: reading the order list by keyset pages whose size follows the shop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magento_sync.magento.http.failures import PageTooLarge, RequestFailed
from magento_sync.magento.orders.diagnosis import Situation, Verdict, control_of, verdict
from magento_sync.magento.orders.narrowing import ListUnusable, Narrowing
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.page_size import PageSize
from magento_sync.magento.orders.read_ahead import LEAST_WAITING, ReadAhead
from magento_sync.magento.orders.requests import ItemsMissing, Request, read_list

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.requests import RequestStyle
    from magento_sync.settings import Settings

# Where they are asked for apart: with ids of ten digits 395 bytes, of the 400 that a firewall lets pass in one value
# (ModSecurity's ARG_LENGTH), within an address of 1,400 bytes, of the 2,048 that the strictest let pass.
GAPS_AT_A_TIME = 36
GAPS_IN_A_PLAIN_REQUEST = 9  # from ten filters on Magento sorts a signature's parameters in another way than OAuth does


class ListReader:
    """Reads one website's part of the order list."""

    name = "discovery"

    def __init__(
        self, client: MagentoClient, stores: Sequence[int], style: RequestStyle, damage: Damage, settings: Settings
    ) -> None:
        self._client = client
        self._stores = stores
        self._style = style
        self._settings = settings
        self._size = PageSize(settings.page_size)
        self._narrowing = Narrowing(client, style, damage)
        self._has_shrunk = False
        self._was_asked_again = False
        self._reads_gaps_apart = style.plain
        self._asked_apart: set[int] = set()
        self._ahead: ReadAhead | None = None
        self._may_read_ahead = not style.plain

    def page(self, after: int, gaps: Sequence[int]) -> Page:
        """Returns the next orders above an id, and those of the gaps that have appeared.

        Raises:
            ListUnusable: The list cannot be used at all.
            ShopError: The shop cannot be read; typed by what can be done about it.
        """
        page = self._ahead.page(after) if self._ahead else None
        if page is None:
            self.close()
            page = self._page(after, gaps)
        return page

    def close(self) -> None:
        """Ends reading ahead."""
        if self._ahead:
            self._ahead.close()
            self._may_read_ahead = not self._ahead.has_failed
            self._ahead = None

    def _page(self, after: int, gaps: Sequence[int]) -> Page:
        if self._reads_gaps_apart:
            return self._add_late_orders(self._read(Request(self._stores, self._size.now, after)), gaps)
        request = Request(self._stores, self._size.now, after, gaps=gaps)
        page = self._read(request)
        is_full = len(page.orders) == request.size
        may_read_ahead = self._may_read_ahead and not self._client.may_be_limited
        if may_read_ahead and is_full and (page.total or 0) >= LEAST_WAITING:
            self._ahead = ReadAhead(
                self._client,
                request,
                page,
                self._style,
                self._size,
                connections=self._settings.connections_per_sync,
                gap_window=self._settings.gap_window,
            )
        return page

    def answers(self) -> bool:
        """Returns whether the list can be used again. Raises ShopError as `Narrowing.list_answers` does."""
        return self._narrowing.list_answers(self._stores, repeatedly=False)

    def first(
        self,
        *,
        whole_shop: bool = False,
        after: int = 0,
        placed_from: datetime | None = None,
        newest_first: bool = False,
    ) -> Page:
        """Returns one order, or an empty page: the first of the website, or of the whole shop, that matches.

        Raises:
            ShopError: The shop cannot be read, or not by date: an extension may make the column ambiguous.
        """
        stores = () if whole_shop else self._stores
        return self._ask(Request(stores, 1, after, placed_from=placed_from, newest_first=newest_first))

    def newest(self, size: int) -> Page:
        """Returns the website's newest orders, newest first. Raises ShopError."""
        return self._ask(Request(self._stores, size, after=0, newest_first=True))

    def _ask(self, request: Request) -> Page:
        return read_list(self._client, request, self._style)

    def _read(self, request: Request) -> Page:
        """Reads a page, smaller or around damaged orders if necessary."""
        while True:
            try:
                page = self._ask(request)
            except RequestFailed as failure:
                instead = self._read_otherwise(request, failure)
                if instead is not None:
                    return instead
                request = replace(request, size=min(request.size, self._size.now))
            else:
                self._has_shrunk = self._was_asked_again = False
                self._size.answered(self._client.answer_seconds, full=len(page.orders) == self._size.now)
                return page

    def _read_otherwise(self, request: Request, failure: RequestFailed) -> Page | None:
        """Returns a failed page by another way; None means to ask for it again, in its new size."""
        situation, control = self._situation(request, failure)
        if verdict(situation) is Verdict.BLAME_SHOP:
            raise control or failure
        return self._follow(verdict(situation), request, situation)

    def _follow(self, decided: Verdict, request: Request, situation: Situation) -> Page | None:
        match decided:
            case Verdict.KEEP_TO_LIMIT:
                self._keep_to_limit(request, situation.failure)
            case Verdict.NOTHING_NEW:
                return Page([], last=True)
            case Verdict.READ_BY_ID:
                raise ListUnusable(situation.failure)
            case Verdict.READ_GAPS_APART:
                return self._read_apart(request, situation)
            case Verdict.ASK_FOR_LESS:
                self._has_shrunk = True
                self._size.shrink(request.size)
            case Verdict.NARROW:
                return self._narrow(request, situation.failure)
        return None

    def _read_apart(self, request: Request, situation: Situation) -> Page | None:
        """Reads the page without its gaps, then the gaps; if that page fails too, the gaps are not to blame."""
        page_alone = replace(request, gaps=())
        page: Page | None
        try:
            page = self._ask(page_alone)
            self._reads_gaps_apart = True
        except RequestFailed as failure:
            situation = replace(situation, failure=failure, has_gaps=False)
            page = self._follow(verdict(situation), page_alone, situation)
        return page and self._add_late_orders(page, request.gaps)

    def _situation(self, request: Request, failure: RequestFailed) -> tuple[Situation, ShopError | None]:
        situation = Situation(
            failure,
            newest_is_known=isinstance(failure, ItemsMissing) and self._newest_is_known(request),
            has_gaps=bool(request.gaps) and request.after is not None,
            can_shrink=request.size > 1,
            has_shrunk=self._has_shrunk,
        )
        if isinstance(failure, PageTooLarge) or situation.newest_is_known:
            return situation, None
        control = self._narrowing.ask_for_nothing(self._stores)
        return replace(situation, control=control_of(control)), control

    def _newest_is_known(self, request: Request) -> bool:
        """Returns whether the list shows the website's newest order, and that it has been read."""
        try:
            newest = self.first(newest_first=True)
        except ItemsMissing as missing:
            return self._counts_the_whole_shop(missing)
        except RequestFailed:
            return False
        return bool(newest.orders) and (request.after is None or newest.newest_id <= request.after)

    def _counts_the_whole_shop(self, missing: ItemsMissing) -> bool:
        """Returns whether the website has no order: the shop shows its orders, and counts as many without a filter."""
        try:
            whole_shop = self.first(whole_shop=True, newest_first=True)
        except RequestFailed:
            return False
        return bool(whole_shop.orders) and whole_shop.total == missing.total

    def _keep_to_limit(self, request: Request, limit: RequestFailed) -> None:
        largest = limit.largest if isinstance(limit, PageTooLarge) else 0
        if not self._size.limit(largest) and request.size <= self._size.now:
            raise limit

    def _narrow(self, request: Request, failure: RequestFailed) -> Page | None:
        try:
            page = self._narrowing.read_around(request, failure)
        except PageTooLarge as limit:
            self._keep_to_limit(request, limit)
            return None
        if page is None and request.size == 1:
            if self._was_asked_again:
                raise failure
            self._was_asked_again = True
        elif page is None:
            self._size.shrink(request.size)
        return page

    def _add_late_orders(self, page: Page, gaps: Sequence[int]) -> Page:
        """Reads each gap once an invocation: a dozen small requests are too many for every page."""
        gaps = [order_id for order_id in gaps if order_id not in self._asked_apart]
        at_a_time = GAPS_IN_A_PLAIN_REQUEST if self._style.plain else GAPS_AT_A_TIME
        parts = [gaps[start : start + at_a_time] for start in range(0, len(gaps), at_a_time)]
        late = [found for part in parts for found in self._late_orders(part)]
        self._asked_apart.update(gaps)
        return replace(
            page,
            orders=[order for found in late for order in found.orders] + list(page.orders),
            damaged=[order_id for found in late for order_id in found.damaged] + list(page.damaged),
        )

    def _late_orders(self, gaps: Sequence[int]) -> Iterator[Page]:
        """Reads what has appeared in some gaps."""
        while gaps:
            page = self._read(Request(self._stores, min(len(gaps), self._size.now), gaps=gaps))
            yield page
            reached = max(page.newest_id, *page.damaged, 0)
            gaps = [] if page.last else [order_id for order_id in gaps if order_id > reached > 0]
