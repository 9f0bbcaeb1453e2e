"""A page that cannot be read, narrowed to the very orders at fault.

One damaged order answers 500 for every page that holds it, whatever fields are asked for (recordings 70-*, 83-*). An outage, or a page
that is too much for the shop, looks the same. So: the list has to answer an empty request first; the orders at fault are found by
bisection; each is tried alone; and the same page without them has to succeed before any of them counts as damaged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.answers import AnswerUnusable, NoSuchEntity, about_the_request
from magento_sync.magento.orders import BEYOND_ALL_IDS, Page, Request, read_order, read_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders import Order, Style

MOST_DAMAGED = 20  # in one invocation; after that something else is the matter
MOST_PLAIN_GROUPS = 7  # with more filter groups than ten in all, Magento sorts a signature's parameters in its own way


class ListUnusable(ShopUnavailable):
    """The order list answers nothing at all."""


@dataclass
class Narrowing:
    """Reads around damaged orders, and remembers how many there were.

    Attributes:
        client: The shop.
        style: How requests are written.
        suspects: Ids of orders at fault so far, in this run.
    """

    client: MagentoClient
    style: Style
    suspects: list[int] = field(default_factory=list)

    def read_around(self, request: Request, failure: ShopUnavailable) -> Page | None:
        """The page that a request failed to bring, without the orders at fault.

        Args:
            request: What failed.
            failure: How.

        Returns:
            The page, or None where no order is at fault: the page was too much, or the shop has recovered.

        Raises:
            ListUnusable: The list does not even answer an empty request.
            ShopError: The shop fails altogether, or more orders are damaged than can be believed.
        """
        self._ask_for_nothing(request.stores, failure)
        alone: list[Order] = []
        damaged: list[int] = []
        while True:
            suspect = self._find(request)
            if suspect is None:
                return None
            if len(self.suspects) >= MOST_DAMAGED or (self.style.plain and len(request.without) >= MOST_PLAIN_GROUPS):
                return self._what_is_certain(request, suspect, alone, damaged)
            try:
                order = read_order(self.client, suspect, self.style)
            except NoSuchEntity:
                return None  # the shop has failed us by chance: nothing is at fault here
            except ShopUnavailable as error:
                if not about_the_request(error):
                    raise
                damaged.append(suspect)
            else:
                if order.get("store_id") not in request.stores:
                    return None
                alone.append(order)
            self.suspects.append(suspect)
            request = replace(request, without=[*request.without, suspect])
            page = self._readable(request)
            if page is None:
                continue
            return _with(page, alone, damaged, _reach(page, request))

    def _ask_for_nothing(self, stores: Sequence[int], failure: ShopUnavailable) -> None:
        """Twice, if need be: one more failure by chance must not cost the shop a thousand requests one by one."""
        for attempt in range(2):
            try:
                read_page(self.client, Request(stores, size=1, after=BEYOND_ALL_IDS), self.style)
            except (AnswerUnusable, NoSuchEntity):
                if attempt:
                    raise ListUnusable(failure.code, failure.parameters) from None
            else:
                return

    def _what_is_certain(self, request: Request, suspect: int, alone: Sequence[Order], damaged: Sequence[int]) -> Page:
        """At the limit, what lies below the next order at fault is still told, so that the next run begins there."""
        if not damaged and not alone:
            raise ShopNeedsPerson("TOO_MANY_DAMAGED", {"count": MOST_DAMAGED})
        page = self._readable(_below(request, suspect))
        if page is None:
            raise ShopNeedsPerson("TOO_MANY_DAMAGED", {"count": MOST_DAMAGED})
        return replace(_with(page, alone, damaged, min(suspect - 1, _reach(page, request))), last=False)

    def _find(self, request: Request) -> int | None:
        """The id of one order at fault, in O(log n) requests; None where each part can be read."""
        if request.gaps and (request.after is None or self._readable(replace(request, gaps=())) is not None):
            gaps = [order_id for order_id in request.gaps if order_id not in request.without]
            return self._bisect_gaps(replace(request, after=None), gaps)
        if request.after is None:
            return None
        return self._find_above(replace(request, gaps=()), request.after)

    def _bisect_gaps(self, request: Request, gaps: Sequence[int]) -> int | None:
        if not gaps or self._readable(replace(request, gaps=gaps)) is not None:
            return None
        while len(gaps) > 1:
            half = gaps[: len(gaps) // 2]
            gaps = gaps[len(half) :] if self._readable(replace(request, gaps=half)) is not None else half
        return gaps[0]

    def _find_above(self, request: Request, low: int) -> int | None:
        """Looks above `low`, in ranges that double until one of them fails, or as many orders as the page holds were read."""
        width, read, top = request.size, 0, self._newest(request)
        while read < request.size and low < top:
            high = min(low + width, top)
            page = self._readable(replace(request, after=low, up_to=high))
            if page is None:
                return self._bisect_range(request, low, high)
            read += len(page.orders)
            low = _covered(page, high)
            width *= 2
        return None

    def _newest(self, request: Request) -> int:
        """Above this id there is nothing to look for."""
        page = self._readable(Request(request.stores, size=1, after=0, without=request.without, newest_first=True))
        if page is None:
            return BEYOND_ALL_IDS
        return int(page.orders[0]["entity_id"]) if page.orders else 0

    def _bisect_range(self, request: Request, low: int, high: int) -> int | None:
        """One of the ids above `low` and up to `high` is at fault."""
        while high - low > 1:
            middle = (low + high) // 2
            page = self._readable(replace(request, after=low, up_to=middle))
            if page is None:
                high = middle
            else:
                low = _covered(page, middle)
        return high if high not in request.without else None

    def _readable(self, request: Request) -> Page | None:
        try:
            return read_page(self.client, request, self.style)
        except NoSuchEntity:
            return None
        except ShopUnavailable as error:
            if not about_the_request(error):
                raise
            return None


def _below(request: Request, suspect: int) -> Request:
    """What is certain: the part of the request below the next order at fault."""
    if request.after is None or suspect <= request.after:
        return replace(request, after=None, gaps=[order_id for order_id in request.gaps if order_id < suspect] or [0])
    return replace(request, gaps=(), up_to=suspect - 1)


def _reach(page: Page, request: Request) -> int:
    """Up to which id the page has told all; what lies above is for another page, or orders between would be lost."""
    if page.last:
        return BEYOND_ALL_IDS
    return max([request.after or 0, *(int(order["entity_id"]) for order in page.orders)])


def _with(page: Page, alone: Sequence[Order], damaged: Sequence[int], reach: int) -> Page:
    orders = [*page.orders, *(order for order in alone if order["entity_id"] <= reach)]
    return Page(
        sorted(orders, key=lambda order: int(order["entity_id"])),
        last=page.last,
        total=page.total,
        damaged=[order_id for order_id in damaged if order_id <= reach],
    )


def _covered(page: Page, high: int) -> int:
    """Up to where a page has told all: a full page may have left some of its range out."""
    return high if page.last or not page.orders else int(page.orders[-1]["entity_id"])
