"""How the size of a page follows the shop."""

from __future__ import annotations

import pytest

from magento_sync.magento.orders.page_size import PROOFS, PageSize


def after(start: int, *seconds: float, full: bool = True) -> int:
    """The size after answers that took so long."""
    size = PageSize(start)
    for one in seconds:
        size.answered(one, full=full)
    return size.now


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([], 100),
        ([1], 200),
        ([1, 1, 1], 300),
        ([5], 100),
        ([11], 50),
        ([11, 6], 50),
        ([30, 15], 25),
        # half a page is no quicker: it is not the orders that take the time
        ([11, 11], 100),
        ([11, 11, 11, 11], 100),
        ([40, 12, 11], 50),
    ],
)
def test_after_answers(seconds: list[float], expected: int) -> None:
    assert after(100, *seconds) == expected


def test_pages_that_are_not_full_say_nothing() -> None:
    assert after(100, 1, 1, full=False) == 100


def test_after_a_failure_it_grows_with_care() -> None:
    size = PageSize(100)
    size.shrink(100)
    for _ in range(PROOFS):
        size.answered(1, full=True)
    assert size.now == 50

    size.answered(1, full=True)

    assert size.now == 100


def test_a_failure_of_an_earlier_size_does_not_halve_it_twice() -> None:
    size = PageSize(100)
    assert size.limit(50)

    size.shrink(100)

    assert size.now == 50


@pytest.mark.parametrize(
    ("largest", "use", "expected"), [(50, True, 50), (100, False, 100), (0, False, 100), (-1, False, 100)]
)
def test_a_shop_s_limit(largest: int, use: bool, expected: int) -> None:  # noqa: FBT001 - pytest's way
    size = PageSize(100)

    assert size.limit(largest) is use

    size.answered(1, full=True)
    assert size.now == (expected if use else 200)


def test_there_is_always_one() -> None:
    size = PageSize(1)

    size.shrink(1)

    assert size.now == 1
