"""Narrows a page that cannot be read to the orders at fault.

A damaged order fails every page that holds it with status 500, whatever fields are requested (recordings 70-*, 83-*).
Others stall, or a firewall blocks them. An outage, or a page that is too large, looks the same. So bisection finds the
orders at fault, each is read alone, and the page without them must succeed before they count as damaged.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from magento_sync.magento.client import Effort
from magento_sync.magento.http.failures import Busy, NoSuchEntity, PageTooLarge, RequestFailed
from magento_sync.magento.orders.bisection import order_at_fault
from magento_sync.magento.orders.damage import too_many_damaged
from magento_sync.magento.orders.diagnosis import Control, control_of
from magento_sync.magento.orders.order import LARGEST_ID
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.requests import Request, empty_request, read_list, read_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.damage import Damage
    from magento_sync.magento.orders.order import Order
    from magento_sync.magento.orders.requests import RequestStyle

MOST_ALONE = 5  # orders of a page that load only alone; if there are more, probing is cheaper
MOST_WITHOUT_PROOF = 1  # orders at fault while no other order was read; if there are more, every order may fail
MOST_PLAIN_GROUPS = 7  # with more than ten filter groups in all, Magento sorts a signature's parameters in its own way
EMPTY_SECONDS = 30.0  # for the control request
PART_SECONDS = 10.0  # for a part of a page, at least
PART_TO_EMPTY = 10  # a part of a page may take this many times as long as the control request
WHOLE_SECONDS = 30.0  # for a page without the orders at fault
ENOUGH_SECONDS = 60.0  # after which the readable part is returned instead of finding the next order at fault


class ListUnusable(Exception):
    """The order list fails for every request, or for most orders: how, `failure` says."""

    def __init__(self, failure: RequestFailed) -> None:
        self.failure = failure
        super().__init__(failure.code)


@dataclass
class _Found:
    """The orders at fault so far: orders that load alone, and ids of orders that do not."""

    alone: list[Order] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)


class Narrowing:
    """Reads around damaged orders."""

    def __init__(self, client: MagentoClient, style: RequestStyle, damage: Damage) -> None:
        self._client = client
        self._style = style
        self._damage = damage
        self._part_seconds = PART_SECONDS
        self._pauses = True
        self._has_read_orders = False

    def ask_for_nothing(self, stores: Sequence[int], *, repeatedly: bool = True) -> ShopError | None:
        """Sends the control request, and returns how it failed, or None.

        It is retried if the server fails, unless not `repeatedly`: a chance failure would start probing.
        """

        def ask() -> Page:
            effort = Effort(attempts=1, seconds=EMPTY_SECONDS)
            return read_list(self._client, empty_request(stores), self._style, effort)

        began = time.monotonic()
        try:
            _ = self._client.repeat(ask) if repeatedly else ask()
        except RequestFailed as failure:
            return failure
        took = time.monotonic() - began
        self._part_seconds = max(PART_SECONDS, PART_TO_EMPTY * took)
        return None

    def list_answers(self, stores: Sequence[int], *, repeatedly: bool = True) -> bool:
        """Sends the control request, and returns whether the list can be used.

        Raises:
            ShopError: The shop is busy, does not answer, or refuses the credentials.
        """
        failure = self.ask_for_nothing(stores, repeatedly=repeatedly)
        if failure is not None and control_of(failure) is Control.REFUSED:
            raise failure
        return failure is None

    def read_around(self, request: Request, failure: RequestFailed) -> Page | None:
        """Returns the page of a failed request without the orders at fault. The control request has just succeeded.

        Returns None if no order is at fault: the page was too large, or the shop has recovered.

        Raises:
            ListUnusable: The list fails even for an empty request, or most of its orders load only alone.
            ShopError: The shop fails altogether, or for every order, or more orders are damaged than is plausible.
        """
        began = time.monotonic()
        found = _Found()
        self._has_read_orders = False
        # The control request has shown that the orders are at fault, so waiting would not help.
        self._pauses = not isinstance(failure, Busy)
        while True:
            suspect = self._suspect(request)
            if suspect is None:
                return None
            if not self._has_room(request, found) or (request.without and time.monotonic() - began > ENOUGH_SECONDS):
                return self._certain_part(request, suspect, found, failure)
            if not self._is_at_fault(request, suspect, found):
                self._damage.found.discard(suspect)
                return None
            self._check_proof(request, found, failure)
            request = replace(request, without=[*request.without, suspect])
            page = self._try(request, WHOLE_SECONDS)
            if page is not None:
                return self._result(page, found, _reach(page, request)) if self._confirm(request, found) else None
            if not self.list_answers(request.stores):
                raise ListUnusable(failure)

    def _check_proof(self, request: Request, found: _Found, failure: RequestFailed) -> None:
        """Checks that other orders can be read: orders are at fault only if others are not."""
        if len(found.alone) > (MOST_ALONE if self._has_read_orders else 1):
            raise ListUnusable(failure)
        if len(found.damaged) > MOST_WITHOUT_PROOF and not self._can_read_others(request):
            raise failure

    def _can_read_others(self, request: Request) -> bool:
        """Returns whether any order was read, or the website's first order can be."""
        if not self._has_read_orders:
            self._try(Request(request.stores, size=1, after=0))
        return self._has_read_orders

    def _suspect(self, request: Request) -> int | None:
        """Returns an order that may be at fault: a known one, or, if lower ids fail too, the result of a search.

        Everything below the next order at fault must be readable. Where few orders can be left out, none of them may
        lie beyond the page.
        """
        above = LARGEST_ID if request.after is None else request.after
        known = [order_id for order_id in self._damage.found if order_id > above and order_id not in request.without]
        if known and self._try(_below(request, min(known))) is not None:
            return min(known)
        return order_at_fault(self._try, request)

    def _is_at_fault(self, request: Request, suspect: int, found: _Found) -> bool:
        """Reads an order alone; returns False if the shop failed by chance, or because of the page's size."""
        try:
            order = read_order(self._client, suspect, self._style, self._effort())
        except NoSuchEntity:
            # The order exists if the list fails for this id alone (#7518): twice, because chance fails too.
            if not (self._fails_by_itself(request, suspect) and self._fails_by_itself(request, suspect)):
                return False
            found.damaged.append(suspect)
        except RequestFailed:
            found.damaged.append(suspect)
        else:
            if order.is_elsewhere(request.stores) or not self._fails_by_itself(request, suspect):
                return False
            found.alone.append(order)
        return True

    def _fails_by_itself(self, request: Request, order_id: int) -> bool:
        return self._try(Request(request.stores, size=1, gaps=[order_id])) is None

    def _confirm(self, request: Request, found: _Found) -> bool:
        """Returns whether all damaged orders still fail now that the others can be read.

        By chance, an id without an order may have failed; it would raise the watermark past future orders.
        """
        return all(self._fails_by_itself(request, order_id) for order_id in found.damaged)

    def _has_room(self, request: Request, found: _Found) -> bool:
        if self._style.plain and len(request.without) >= MOST_PLAIN_GROUPS:
            return False
        return self._damage.room(found.damaged) > 0

    def _certain_part(self, request: Request, suspect: int, found: _Found, failure: RequestFailed) -> Page | None:
        """Returns the page below the next order at fault, so that the next page or run starts there."""
        page = self._try(_below(request, suspect), WHOLE_SECONDS)
        if found.damaged and not self._can_read_others(request):
            raise failure
        if page and not self._confirm(request, found):
            return None
        result = page and self._result(page, found, min(suspect - 1, _reach(page, request)))
        if result and (result.orders or result.damaged):
            return replace(result, last=False)
        if self._has_room(request, found):
            return None
        raise too_many_damaged()

    def _result(self, page: Page, found: _Found, reach: int) -> Page:
        damaged = [order_id for order_id in found.damaged if order_id <= reach]
        self._damage.found.update(damaged)
        orders = [*page.orders, *(order for order in found.alone if order.id <= reach)]
        orders.sort(key=lambda order: order.id)
        return Page(orders, last=page.last, total=page.total, damaged=damaged)

    def _effort(self, at_least: float = 0.0) -> Effort:
        return Effort(attempts=1, pauses=self._pauses, seconds=max(at_least, self._part_seconds))

    def _try(self, request: Request, at_least: float = 0.0) -> Page | None:
        """Returns a part of the page, or None if it cannot be read."""
        effort = self._effort(at_least)
        try:
            page = read_list(self._client, request, self._style, effort)
        except PageTooLarge:
            raise
        except RequestFailed as failure:
            if isinstance(failure, Busy) and effort.pauses:
                # The whole shop may have become busy, which this part alone does not show.
                self.list_answers(request.stores)
            return None
        self._has_read_orders |= bool(page.orders)
        return page


def _below(request: Request, suspect: int) -> Request:
    """Returns the part of the request below the next order at fault."""
    if request.after is None or suspect <= request.after:
        return replace(request, after=None, gaps=[order_id for order_id in request.gaps if order_id < suspect] or [0])
    return replace(request, gaps=(), up_to=suspect - 1)


def _reach(page: Page, request: Request) -> int:
    """Returns the id up to which the page is complete. Orders above it belong to another page."""
    return LARGEST_ID if page.last else max(request.after or 0, page.newest_id)
