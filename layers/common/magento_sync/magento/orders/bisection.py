"""The order at fault in a page that cannot be read, found in O(log n) requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from magento_sync.magento.orders.requests import BEYOND_ALL_IDS, Page, Request

Readable = Callable[[Request], Page | None]
"""Reads a part, or gives None where it cannot be read."""

WIDER = 4  # times as many ids, where a range has not brought a page full of orders


def order_at_fault(readable: Readable, request: Request) -> int | None:
    """The id of one order at fault, first among the gaps; None where each part can be read."""
    gaps = [order_id for order_id in request.gaps if order_id not in request.without]
    suspect = _among_gaps(readable, replace(request, after=None), gaps)
    if suspect is not None or request.after is None:
        return suspect
    return _above(readable, replace(request, gaps=()), request.after)


def _among_gaps(readable: Readable, request: Request, gaps: Sequence[int]) -> int | None:
    if not gaps or readable(replace(request, gaps=gaps)) is not None:
        return None
    while len(gaps) > 1:
        half = gaps[: len(gaps) // 2]
        gaps = gaps[len(half) :] if readable(replace(request, gaps=half)) is not None else half
    return gaps[0]


def _above(readable: Readable, request: Request, low: int) -> int | None:
    """Looks above `low`, in ever wider ranges until one of them fails, or as many orders as the page holds were read."""
    width, read, top = request.size, 0, _newest(readable, request)
    while read < request.size and low < top:
        high = min(low + width, top)
        page = readable(replace(request, after=low, up_to=high))
        if page is None:
            return _in_range(readable, request, low, high)
        read += len(page.orders)
        low = _covered(page, high)
        width *= WIDER
    return None


def _newest(readable: Readable, request: Request) -> int:
    """Above this id there is nothing to look for."""
    page = readable(Request(request.stores, size=1, after=0, without=request.without, newest_first=True))
    if page is None:
        return BEYOND_ALL_IDS
    return int(page.orders[0]["entity_id"]) if page.orders else 0


def _in_range(readable: Readable, request: Request, low: int, high: int) -> int | None:
    """One of the ids above `low` and up to `high` is at fault."""
    while high - low > 1:
        middle = (low + high) // 2
        page = readable(replace(request, after=low, up_to=middle))
        if page is None:
            high = middle
        else:
            low = _covered(page, middle)
    return high if high not in request.without else None


def _covered(page: Page, high: int) -> int:
    """Up to where a page has told all: a full page may have left some of its range out."""
    return high if page.last or not page.orders else int(page.orders[-1]["entity_id"])
