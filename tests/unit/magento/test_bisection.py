"""The order at fault is found in few requests, even where the shop gives fewer orders than were asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from magento_sync.magento.orders.bisection import order_at_fault
from magento_sync.magento.orders.order import Order
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.requests import Request

STORE = 1


@dataclass
class FakeList:
    """An order list that fails for each page with a damaged order.

    Attributes:
        ids: The orders.
        damaged: The id of a damaged order.
        also_damaged: The id of another.
        largest_page: How many orders a page holds at most, whatever is asked for.
        asked: The requests.
    """

    ids: list[int]
    damaged: int
    also_damaged: int = 0
    largest_page: int = 1000
    asked: list[Request] = field(default_factory=list)

    def readable(self, request: Request) -> Page | None:
        """Returns the page, or None where it holds a damaged order."""
        self.asked.append(request)
        matches = [order_id for order_id in self.ids if _matches(order_id, request)]
        sent = sorted(matches, reverse=request.newest_first)[: min(request.size, self.largest_page)]
        if {self.damaged, self.also_damaged} & set(sent):
            return None
        last = len(sent) == len(matches) and len(sent) < request.size
        return Page([Order(order_id, STORE, None) for order_id in sent], last=last, total=len(matches))


def _matches(order_id: int, request: Request) -> bool:
    above = request.after is not None and order_id > request.after
    within = request.up_to is None or order_id <= request.up_to
    return (above or order_id in request.gaps) and within and order_id not in request.without


@pytest.mark.parametrize("damaged", [1, 2, 50, 99, 100])
def test_a_damaged_order_is_found_anywhere_in_a_page_in_ten_requests(damaged: int) -> None:
    orders = FakeList(list(range(1, 101)), damaged)

    assert order_at_fault(orders.readable, Request([STORE], 100, 0)) == damaged
    assert len(orders.asked) <= 1 + 1 + 7 + 1


@pytest.mark.parametrize("step", [10, 1_000, 1_000_000])
def test_a_damaged_order_is_found_in_few_requests_where_ids_lie_far_apart(step: int) -> None:
    orders = FakeList([step * number for number in range(1, 101)], damaged=step * 77)

    assert order_at_fault(orders.readable, Request([STORE], 100, 0)) == step * 77
    assert len(orders.asked) <= 45


def test_a_damaged_order_is_found_among_the_gaps() -> None:
    orders = FakeList([3, 5, 9, 12, 13], damaged=9)

    assert order_at_fault(orders.readable, Request([STORE], 100, 11, gaps=[2, 3, 5, 8, 9])) == 9


def test_a_damaged_order_among_the_gaps_is_found_before_one_above_them() -> None:
    """A part of a page that is stored never leaves a gap behind that blocks the next page."""
    orders = FakeList([3, 12], damaged=3, also_damaged=12)

    assert order_at_fault(orders.readable, Request([STORE], 100, 11, gaps=[3])) == 3


def test_a_damaged_order_is_found_where_the_shop_cuts_pages_short() -> None:
    """A page that holds a part of its range proves nothing about the rest."""
    orders = FakeList(list(range(1, 101)), damaged=8, largest_page=3)

    assert order_at_fault(orders.readable, Request([STORE], 10, 0)) == 8


@pytest.mark.parametrize("gaps", [[], [4, 7]])
def test_no_order_is_at_fault_where_each_part_can_be_read(gaps: list[int]) -> None:
    orders = FakeList(list(range(1, 31)), damaged=0)

    assert order_at_fault(orders.readable, Request([STORE], 10, 8, gaps=gaps)) is None
    assert order_at_fault(orders.readable, Request([STORE], 10, gaps=gaps)) is None


def test_a_damaged_order_that_is_left_out_is_not_found_again() -> None:
    orders = FakeList(list(range(1, 31)), damaged=4)

    assert order_at_fault(orders.readable, Request([STORE], 10, 0, without=[4])) is None
