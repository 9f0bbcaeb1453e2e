"""Reads pages before they are needed, while many orders wait: one page is read while another is stored.

Only orders are read ahead that have at least `GAP_WINDOW` orders above them. By then every order among them is visible
(docs/delivery-guarantee.md, what it rests on), so no gap among them has to be asked for again.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError
from magento_sync.magento.client import Effort
from magento_sync.magento.http.failures import PageTooLarge
from magento_sync.magento.orders.page_size import SLOW_SECONDS
from magento_sync.magento.orders.requests import read_list

if TYPE_CHECKING:
    from concurrent.futures import Future

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.page import Page
    from magento_sync.magento.orders.page_size import PageSize
    from magento_sync.magento.orders.requests import Request, RequestStyle

LEAST_WAITING = 1000  # orders; fewer are read in seconds
FILL = 0.9  # of its orders that a range is estimated to hold: one that holds more than a page costs another request
LEAST = 0.25  # of a page that a range should hold; fewer orders are left to the last pages


@dataclass
class _Range:
    """A range of ids up to `up_to`, estimated to hold at most so many orders, and its page with the seconds it took."""

    up_to: int
    orders: int
    page: Future[tuple[Page, float]]


class ReadAhead:
    """Reads disjoint ranges of ids, each estimated to hold almost a page of orders, and returns them in order.

    It only saves time. A failure ends it; the reader then asks again, and finds out whose fault the failure is.

    Args:
        client: The client of the shop; nothing else may use it until `close`.
        request: The last request, answered by a full page.
        page: That page.
        style: How requests are written.
        size: How large the next page is.
        connections: How many requests may be under way.
        gap_window: How many orders are left above the last one that is read ahead.

    Attributes:
        has_failed: Whether a request failed or was slow.
    """

    def __init__(  # noqa: PLR0913 - where and how to read
        self,
        client: MagentoClient,
        request: Request,
        page: Page,
        style: RequestStyle,
        size: PageSize,
        *,
        connections: int,
        gap_window: int,
    ) -> None:
        self.has_failed = False
        self._request = replace(request, gaps=())
        self._style = style
        self._size = size
        self._connections = connections
        self._gap_window = gap_window
        self._others = [client.another() for _ in range(connections - 1)]
        self._idle: SimpleQueue[MagentoClient] = SimpleQueue()
        for idle in (client, *self._others):
            self._idle.put(idle)
        self._pool = ThreadPoolExecutor(connections)
        self._ranges: deque[_Range] = deque()
        self._reached = self._planned_up_to = page.newest_id
        self._to_read = (page.total or 0) - len(page.orders) - gap_window
        self._ids_per_order = 1.0
        self._learn(page)

    def page(self, after: int) -> Page | None:
        """Returns the next page, or None if reading ahead has ended: too few orders wait, or a request failed.

        `after` is the id up to which orders were read; another id than expected ends reading ahead.
        """
        self._send_requests()
        if after > self._reached or not self._ranges:
            return None
        part = self._ranges[0]
        try:
            page, seconds = part.page.result()
        except PageTooLarge:  # the reader asks again, and keeps to the shop's limit from then on
            return None
        except ShopError:
            self.has_failed = True
            return None
        self._ranges.popleft()
        self._size.answered(seconds, full=True)
        if not page.orders or len(page.orders) > self._to_read:
            return None
        self._reached = page.newest_id
        if not page.last and self._reached < part.up_to:
            self._ranges.appendleft(self._send(self._reached, part.up_to, part.orders))
        total = self._to_read + self._gap_window
        self._learn(page)
        self._to_read -= len(page.orders)
        return replace(page, last=False, total=total)

    def close(self) -> None:
        """Waits for the requests under way, and closes the other connections."""
        self._pool.shutdown(cancel_futures=True)
        for client in self._others:
            client.close()

    def _send_requests(self) -> None:
        """Keeps one request more than there are connections, as long as there is enough to read."""
        while not self.has_failed and len(self._ranges) <= self._connections:
            orders = min(self._size.now, self._to_read - sum(part.orders for part in self._ranges))
            if orders < LEAST * self._size.now:
                return
            up_to = self._planned_up_to + max(int(orders * FILL * self._ids_per_order), 1)
            self._ranges.append(self._send(self._planned_up_to, up_to, orders))
            self._planned_up_to = up_to

    def _send(self, after: int, up_to: int, orders: int) -> _Range:
        request = replace(self._request, size=self._size.now, after=after, up_to=up_to)
        return _Range(up_to, orders, self._pool.submit(self._read, request))

    def _read(self, request: Request) -> tuple[Page, float]:
        client = self._idle.get()
        try:
            page = read_list(client, request, self._style, Effort(attempts=1, pauses=False))
            self.has_failed |= client.answer_seconds > SLOW_SECONDS
            return page, client.answer_seconds
        finally:
            self._idle.put(client)

    def _learn(self, page: Page) -> None:
        ids = [order.id for order in page.orders if order.id > (self._request.after or 0)]
        if ids:
            self._ids_per_order = (ids[-1] - ids[0] + 1) / len(ids)
