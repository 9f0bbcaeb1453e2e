"""A page that cannot be read, narrowed to the very orders at fault.

One damaged order answers 500 for every page that holds it, whatever fields are asked for (recordings 70-*, 83-*); another may stall, or
bring PHP down. An outage, or a page that is too much for the shop, looks the same. So: the list has to answer an empty request first; the
orders at fault are found by bisection; each is tried alone; and the same page without them has to succeed before any of them counts as
damaged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError, ShopUnavailable
from magento_sync.magento.http.responses import NoSuchEntity, about_the_request, may_be_the_orders
from magento_sync.magento.orders.bisection import order_at_fault
from magento_sync.magento.orders.damage import too_many_damaged
from magento_sync.magento.orders.requests import BEYOND_ALL_IDS, Page, Request, read_order, read_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.requests import Order, RequestStyle

MOST_ALONE = 5  # orders of one page that load alone only; where there are more, reading all of them alone is cheaper
MOST_PLAIN_GROUPS = 7  # with more filter groups than ten in all, Magento sorts a signature's parameters in its own way
EMPTY_SECONDS = 30.0  # for a page without orders
PART_SECONDS = 10.0  # for a part of a page, or so many times as long as an empty page takes:
PART_TO_EMPTY = 10
WHOLE_SECONDS = 30.0  # for a page without the orders at fault
ENOUGH_SECONDS = 60.0  # after which what is certain is given back, rather than looking for the next order at fault


class ListUnusable(ShopUnavailable):
    """The order list answers nothing at all, or hardly anything."""


@dataclass
class _Found:
    """The orders at fault so far: those that load alone, and the ids of those that do not."""

    alone: list[Order] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


class Narrowing:
    """Reads around damaged orders."""

    def __init__(self, client: MagentoClient, style: RequestStyle, damage: Damage) -> None:
        self._client = client
        self._style = style
        self._damage = damage
        self._part_seconds = PART_SECONDS
        self._has_read_orders = False

    def read_around(self, request: Request, failure: ShopUnavailable) -> Page | None:
        """The page that a request failed to bring, without the orders at fault.

        Args:
            request: What failed.
            failure: How.

        Returns:
            The page, or None where no order is at fault: the page was too much, or the shop has recovered.

        Raises:
            ListUnusable: The list does not even answer an empty request, or most of its orders load alone only.
            ShopError: The shop fails altogether, or more orders are damaged than can be believed.
        """
        began = time.monotonic()
        found = _Found()
        self._has_read_orders = False
        while True:
            self._ask_for_nothing(request.stores, failure)
            suspect = self._suspect(request)
            if suspect is None:
                return None
            if not self._room(request, found) or (request.without and time.monotonic() - began > ENOUGH_SECONDS):
                return self._what_is_certain(request, suspect, found)
            if not self._judge(request, suspect, found):
                self._damage.found.discard(suspect)
                return None
            if len(found.alone) > (MOST_ALONE if self._has_read_orders else 1):
                raise ListUnusable(failure.code, failure.parameters)
            request = replace(request, without=[*request.without, suspect])
            page = self._readable(request, WHOLE_SECONDS)
            if page is not None:
                return self._told(page, found, _reach(page, request)) if self._confirmed(request, found) else None

    def _ask_for_nothing(self, stores: Sequence[int], failure: ShopUnavailable) -> None:
        """Three times, if need be: one more failure by chance must not cost the shop a thousand requests one by one."""

        def ask() -> float:
            began = time.monotonic()
            nothing = Request(stores, size=1, after=BEYOND_ALL_IDS)
            read_page(self._client, nothing, self._style, attempts=1, longest=EMPTY_SECONDS)
            return time.monotonic() - began

        try:
            took = self._client.insisted(ask)
        except ShopUnavailable as error:
            if error.code == "MAINTENANCE" or not about_the_request(error):
                raise
            raise ListUnusable(failure.code, failure.parameters) from None
        self._part_seconds = max(PART_SECONDS, PART_TO_EMPTY * took)

    def _suspect(self, request: Request) -> int | None:
        """One that was found before, by a look at the shop's numbering, is not searched for again unless others lie below it.

        What lies below the next one at fault has to be certain; and where few can be left out, they are not to be those beyond the page.
        """
        above = BEYOND_ALL_IDS if request.after is None else request.after
        known = [one for one in self._damage.found if one > above and one not in request.without]
        if known and self._part(_below(request, min(known))) is not None:
            return min(known)
        return order_at_fault(self._part, request)

    def _judge(self, request: Request, suspect: int, found: _Found) -> bool:
        """Tries an order alone; False where it is not at fault: the shop has failed us by chance, or by the size of the page."""
        try:
            order = read_order(self._client, suspect, self._style, attempts=1, longest=self._part_seconds)
        except NoSuchEntity:
            # It exists, if the list fails over this very id (#7518); twice, because an id that does not must not be believed in.
            if not (self._fails_by_itself(request, suspect) and self._fails_by_itself(request, suspect)):
                return False
            found.damaged.append(suspect)
        except ShopError as error:
            if not may_be_the_orders(error):
                raise
            found.damaged.append(suspect)
        else:
            if order.get("store_id") not in request.stores or not self._fails_by_itself(request, suspect):
                return False
            found.alone.append(order)
        return True

    def _fails_by_itself(self, request: Request, order_id: int) -> bool:
        return self._part(Request(request.stores, size=1, gaps=[order_id])) is None

    def _confirmed(self, request: Request, found: _Found) -> bool:
        """Whether all of them still fail now that the others can be read.

        A shop that fails by chance may have done so over an id that no order has, and it would lift the watermark over orders to come.
        """
        return all(self._fails_by_itself(request, order_id) for order_id in found.damaged)

    def _room(self, request: Request, found: _Found) -> bool:
        if self._style.plain and len(request.without) >= MOST_PLAIN_GROUPS:
            return False
        return self._damage.room(found.damaged) > 0

    def _what_is_certain(self, request: Request, suspect: int, found: _Found) -> Page | None:
        """What lies below the next order at fault, so that the next page, or the next run, begins there."""
        page = self._readable(_below(request, suspect), WHOLE_SECONDS)
        if page and not self._confirmed(request, found):
            return None
        told = page and self._told(page, found, min(suspect - 1, _reach(page, request)))
        if told and (told.orders or told.damaged):
            return replace(told, last=False)
        if self._room(request, found):
            return None
        raise too_many_damaged()

    def _told(self, page: Page, found: _Found, reach: int) -> Page:
        damaged = [order_id for order_id in found.damaged if order_id <= reach]
        self._damage.found.update(damaged)
        orders = [*page.orders, *(order for order in found.alone if order["entity_id"] <= reach)]
        orders.sort(key=lambda order: int(order["entity_id"]))
        return Page(orders, last=page.last, total=page.total, damaged=damaged)

    def _part(self, request: Request) -> Page | None:
        return self._readable(request, 0.0)

    def _readable(self, request: Request, at_least: float) -> Page | None:
        longest = max(at_least, self._part_seconds)
        try:
            page = read_page(self._client, request, self._style, attempts=1, longest=longest)
        except ShopUnavailable as error:
            if error.retry_after is not None or not about_the_request(error):
                raise
            return None
        self._has_read_orders |= bool(page.orders)
        return page


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
