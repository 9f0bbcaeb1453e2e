"""Reads pages before they are needed, while many orders wait: one page is read while another is stored."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError
from magento_sync.magento.client import Effort
from magento_sync.magento.orders.page_size import SLOW_SECONDS
from magento_sync.magento.orders.requests import read_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.page import Page
    from magento_sync.magento.orders.requests import Request, RequestStyle

LEAST_WAITING = 1000  # orders; fewer are read in seconds
FILL = 0.9  # of a page that a range should hold: a range that holds more than a page costs another request


@dataclass
class _Range:
    after: int
    up_to: int
    gaps: Sequence[int]
    page: Future[Page]


class ReadAhead:
    """Reads disjoint ranges of ids, each estimated to hold almost a page of orders, and returns them in order.

    It only saves time. A failure ends it; the reader then asks again, and finds out whose fault the failure is.

    Args:
        client: The client of the shop; nothing else may use it until `close`.
        request: The last request, answered by a full page.
        page: That page.
        style: How requests are written.
        connections: How many requests may be under way.

    Attributes:
        has_failed: Whether a request failed or was slow.
    """

    def __init__(
        self, client: MagentoClient, request: Request, page: Page, style: RequestStyle, connections: int
    ) -> None:
        self.has_failed = False
        self._request = request
        self._style = style
        self._connections = connections
        self._others = [client.another() for _ in range(connections - 1)]
        self._idle: SimpleQueue[MagentoClient] = SimpleQueue()
        for idle in (client, *self._others):
            self._idle.put(idle)
        self._pool = ThreadPoolExecutor(connections)
        self._ranges: deque[_Range] = deque()
        self._reached = self._planned_up_to = page.newest_id
        self._waiting = (page.total or 0) - len(page.orders)
        self._ids_per_order = 1.0
        self._gaps: set[int] = set()
        self._learn([order.id for order in page.orders if order.id > (request.after or 0)])

    def page(self, after: int, gaps: Sequence[int]) -> Page | None:
        """Returns the next page, or None if reading ahead has ended: too few orders wait, or a request failed.

        Args:
            after: Up to which id orders were read; another id than expected ends reading ahead.
            gaps: Ids that go with the next request that is sent; their orders come with its page.
        """
        self._gaps.update(gaps)
        self._send_requests()
        if after > self._reached or not self._ranges:
            return None
        part = self._ranges[0]
        try:
            page = part.page.result()
        except ShopError:
            self.has_failed = True
            return None
        self._ranges.popleft()
        if not page.orders:
            return None
        new = [order.id for order in page.orders if order.id > part.after]
        self._reached = max([self._reached, *new])
        if not page.last and self._reached < part.up_to:
            self._ranges.appendleft(self._send(self._reached, part.up_to))
        waiting = self._waiting
        self._learn(new)
        self._waiting -= len(new)
        return replace(page, last=False, total=waiting)

    @property
    def unasked(self) -> set[int]:
        """The gaps that no page returned so far has looked for."""
        return self._gaps.union(*(part.gaps for part in self._ranges))

    def close(self) -> None:
        """Waits for the requests under way, and closes the other connections."""
        self._pool.shutdown(cancel_futures=True)
        for client in self._others:
            client.close()

    def _send_requests(self) -> None:
        """Keeps one request more than there are connections, as long as each range should be full."""
        while (
            not self.has_failed
            and len(self._ranges) <= self._connections
            and self._waiting > (len(self._ranges) + 1) * self._request.size
        ):
            up_to = self._planned_up_to + max(int(self._request.size * FILL * self._ids_per_order), 1)
            self._ranges.append(self._send(self._planned_up_to, up_to))
            self._planned_up_to = up_to

    def _send(self, after: int, up_to: int) -> _Range:
        gaps = sorted(self._gaps)
        self._gaps.clear()
        request = replace(self._request, after=after, up_to=up_to, gaps=gaps)
        return _Range(after, up_to, gaps, self._pool.submit(self._read, request))

    def _read(self, request: Request) -> Page:
        client = self._idle.get()
        try:
            page = read_list(client, request, self._style, Effort(attempts=1, pauses=False))
            self.has_failed |= client.answer_seconds > SLOW_SECONDS
            return page
        finally:
            self._idle.put(client)

    def _learn(self, ids: Sequence[int]) -> None:
        if ids:
            self._ids_per_order = (ids[-1] - ids[0] + 1) / len(ids)
