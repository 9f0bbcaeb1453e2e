"""Orders of the gaps, where one request cannot name all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from magento_sync.errors import ShopUnavailable
from magento_sync.magento.http.responses import about_the_request
from magento_sync.magento.orders.requests import Page, Request

Reader = Callable[[Request], Page]

MOST_PARTS = 3  # requests that name gaps; where it would take more, all of their range is asked for


def late_orders(read_around: Reader, ask: Reader, request: Request, at_a_time: int) -> list[Page]:
    """What has appeared in the gaps of a request.

    Args:
        read_around: Reads a page around damaged orders.
        ask: Reads a page as it is.
        request: With gaps, ascending, and nothing else.
        at_a_time: How many of them fit into one request.

    Raises:
        ShopError: The shop cannot be read.
    """
    starts = range(0, len(request.gaps), at_a_time)
    if len(starts) > MOST_PARTS:
        try:
            return list(_of_their_range(ask, request))
        except ShopUnavailable as failure:
            # Orders that were put aside may lie in the range too, and are not to be looked into again.
            if failure.retry_after is not None or not about_the_request(failure):
                raise
    parts = (request.gaps[start : start + at_a_time] for start in starts)
    return [page for part in parts for page in _pages(read_around, replace(request, gaps=part))]


def _of_their_range(ask: Reader, request: Request) -> Iterator[Page]:
    """All orders from the first gap to the last, of which most are other stores': few for a small store of a large shop."""
    gaps, low, last = set(request.gaps), request.gaps[0] - 1, False
    while not last:
        page = ask(replace(request, gaps=(), after=low, up_to=request.gaps[-1]))
        low, last = max([low, *(int(order["entity_id"]) for order in page.orders)]), page.last
        yield replace(page, orders=[order for order in page.orders if order["entity_id"] in gaps])


def _pages(read_around: Reader, request: Request) -> Iterator[Page]:
    """As many pages as it takes, where the shop allows small ones only."""
    gaps = request.gaps
    while gaps:
        page = read_around(replace(request, size=min(len(gaps), request.size), gaps=gaps))
        yield page
        told = [*(int(order["entity_id"]) for order in page.orders), *page.damaged]
        gaps = [order_id for order_id in gaps if order_id > max(told)] if told and not page.last else []
