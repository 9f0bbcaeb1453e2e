"""The order at fault is found in few requests, also where the shop gives fewer orders than were asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from magento_sync.magento.orders.bisection import order_at_fault
from magento_sync.magento.orders.requests import Page, Request

STORE = 1


@dataclass
class Shelf:
    """A list of orders by their ids, one of which cannot be read.

    Attributes:
        also: Another one.
        most: How many orders a page holds at most, whatever is asked for.
    """

    ids: list[int]
    damaged: int
    also: int = 0
    most: int = 1000
    asked: list[Request] = field(default_factory=list)

    def readable(self, request: Request) -> Page | None:
        """The page, or None where it holds the damaged one."""
        self.asked.append(request)
        found = [one for one in self.ids if _wanted(one, request)]
        held = sorted(found, reverse=request.newest_first)[: min(request.size, self.most)]
        if {self.damaged, self.also} & set(held):
            return None
        last = len(held) == len(found) and len(held) < request.size
        return Page([{"entity_id": one} for one in held], last=last, total=len(found))


def _wanted(order_id: int, request: Request) -> bool:
    above = request.after is not None and order_id > request.after
    within = request.up_to is None or order_id <= request.up_to
    return (above or order_id in request.gaps) and within and order_id not in request.without


@pytest.mark.parametrize("damaged", [1, 2, 50, 99, 100])
def test_any_place_of_a_page(damaged: int) -> None:
    shelf = Shelf(list(range(1, 101)), damaged)

    assert order_at_fault(shelf.readable, Request([STORE], 100, 0)) == damaged
    assert len(shelf.asked) <= 1 + 1 + 7 + 1


@pytest.mark.parametrize("step", [10, 1_000, 1_000_000])
def test_ids_that_lie_far_apart(step: int) -> None:
    shelf = Shelf([step * number for number in range(1, 101)], damaged=step * 77)

    assert order_at_fault(shelf.readable, Request([STORE], 100, 0)) == step * 77
    assert len(shelf.asked) <= 45


def test_among_the_gaps() -> None:
    shelf = Shelf([3, 5, 9, 12, 13], damaged=9)

    assert order_at_fault(shelf.readable, Request([STORE], 100, 11, gaps=[2, 3, 5, 8, 9])) == 9


def test_gaps_come_before_what_lies_above() -> None:
    """So that what is certain at a limit of time or number never leaves a gap behind that blocks it the next time."""
    shelf = Shelf([3, 12], damaged=3, also=12)

    assert order_at_fault(shelf.readable, Request([STORE], 100, 11, gaps=[3])) == 3


def test_pages_that_are_cut_hide_nothing() -> None:
    """A page that holds part of its range says nothing of the rest."""
    shelf = Shelf(list(range(1, 101)), damaged=8, most=3)

    assert order_at_fault(shelf.readable, Request([STORE], 10, 0)) == 8


@pytest.mark.parametrize("gaps", [[], [4, 7]])
def test_nothing_is_at_fault(gaps: list[int]) -> None:
    shelf = Shelf(list(range(1, 31)), damaged=0)

    assert order_at_fault(shelf.readable, Request([STORE], 10, 8, gaps=gaps)) is None
    assert order_at_fault(shelf.readable, Request([STORE], 10, gaps=gaps)) is None


def test_one_that_is_left_out_is_not_found_again() -> None:
    shelf = Shelf(list(range(1, 31)), damaged=4)

    assert order_at_fault(shelf.readable, Request([STORE], 10, 0, without=[4])) is None
