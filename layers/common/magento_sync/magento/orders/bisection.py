"""Finding the order at fault in a page that cannot be read, in O(log n) requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from magento_sync.magento.orders.order import LARGEST_ID
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.requests import Request

Readable = Callable[[Request], Page | None]
"""Returns a part of the page, or None where it cannot be read."""

WIDER = 4  # times as many ids in the next range, while the ranges have not held a page full of orders


def order_at_fault(readable: Readable, request: Request) -> int | None:
    """Returns the id of an order at fault, first among the gaps; None where each part can be read."""
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
    """Looks above `low` in ever wider ranges, until a range fails, or as many orders as the page holds were read."""
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
    """Returns the id above which there is nothing to look for."""
    page = readable(Request(request.stores, size=1, after=0, without=request.without, newest_first=True))
    if page is None:
        return LARGEST_ID
    return page.newest_id


def _in_range(readable: Readable, request: Request, low: int, high: int) -> int | None:
    """Returns which of the ids above `low` and up to `high` is at fault."""
    while high - low > 1:
        middle = (low + high) // 2
        page = readable(replace(request, after=low, up_to=middle))
        if page is None:
            high = middle
        else:
            low = _covered(page, middle)
    return high if high not in request.without else None


def _covered(page: Page, high: int) -> int:
    """Returns the id up to which a part is complete: a full page may have left some of its range out."""
    return high if page.last or not page.orders else page.newest_id
