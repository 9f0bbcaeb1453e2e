"""The size of a page follows the shop."""

from __future__ import annotations

import pytest

from magento_sync.magento.orders.page_size import PROOFS, PageSize


def after(start: int, *seconds: float, full: bool = True) -> int:
    """Returns the size after answers that took so many seconds."""
    size = PageSize(start)
    for answer_seconds in seconds:
        size.answered(answer_seconds, full=full)
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
        # half a page takes as long: latency is per request
        ([11, 11], 100),
        ([11, 11, 11, 11], 100),
        ([40, 12, 11], 50),
    ],
)
def test_pages_grow_while_answers_are_quick_and_halve_while_they_are_slow(seconds: list[float], expected: int) -> None:
    assert after(100, *seconds) == expected


def test_pages_that_are_not_full_do_not_grow() -> None:
    assert after(100, 1, 1, full=False) == 100


def test_after_a_failure_pages_grow_only_after_several_quick_answers() -> None:
    size = PageSize(100)
    size.shrink(100)
    for _ in range(PROOFS):
        size.answered(1, full=True)
    assert size.now == 50

    size.answered(1, full=True)

    assert size.now == 100


def test_a_failure_of_a_larger_page_does_not_halve_a_smaller_one() -> None:
    size = PageSize(100)
    assert size.limit(50)

    size.shrink(100)

    assert size.now == 50


@pytest.mark.parametrize(
    ("largest", "is_useful", "expected"), [(50, True, 50), (100, False, 100), (0, False, 100), (-1, False, 100)]
)
def test_pages_never_grow_over_the_shop_s_limit(largest: int, is_useful: bool, expected: int) -> None:  # noqa: FBT001 - pytest's way
    size = PageSize(100)

    assert size.limit(largest) is is_useful

    size.answered(1, full=True)
    assert size.now == (expected if is_useful else 200)


def test_a_page_holds_at_least_one_order() -> None:
    size = PageSize(1)

    size.shrink(1)

    assert size.now == 1
