"""Shops for the bench: in processes of their own, so that they take no time of the programs that read them."""

from __future__ import annotations

import multiprocessing
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.shop import Integration, Shop, ShopSettings, many_orders, recorded_orders, recorded_stores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from local.shop import Latency
    from local.shop.http.request import Request
    from local.shop.http.responses import Response

DOMAIN = "bench.example"
INTEGRATION = Integration.named("bench")
START_SECONDS = 120.0


@dataclass(frozen=True)
class Traffic:
    """What a shop has answered.

    Attributes:
        requests: How many requests.
        size: Bytes of all answers, before compression and without headers.
        seconds: How long at least one request was being answered.
    """

    requests: int
    size: int
    seconds: float


class CountingShop(Shop):
    """A shop that counts the bytes and the orders of its answers."""

    _size = 0
    _orders_left = 0
    _event: Callable[[], None] | None = None
    _counting = threading.Lock()

    def respond(self, request: Request) -> Response:
        """Returns the response, and counts it."""
        response = super().respond(request)
        with self._counting:
            self._size += len(response.text.encode())
            self._orders_left -= response.orders
            event = self._event if self._orders_left <= 0 else None
            if event:
                self._event = None
        if event:
            event()
        return response

    def after_orders(self, orders: int, event: Callable[[], None]) -> None:
        """Has something happen once, before the answer that brings the orders from now on to that number."""
        with self._counting:
            self._orders_left, self._event = orders, event

    def take_traffic(self) -> Traffic:
        """Returns what the shop has answered since the last call."""
        requests, self.requests = self.requests, []
        size, self._size = self._size, 0
        return Traffic(len(requests), size, covered([(one.started, one.ended) for one in requests]))


@dataclass
class ShopProcess:
    """A shop in another process.

    Attributes:
        address: Its base address.
    """

    address: str
    _connection: Connection[Any, Any]

    def take_traffic(self) -> Traffic:
        """Returns what the shop has answered since the last call."""
        self._connection.send("traffic")
        traffic: Traffic = self._connection.recv()
        return traffic


def bench_shop(orders: list[dict[str, Any]], latency: Latency | None = None) -> CountingShop:
    """Returns a shop with one store view, which accepts OAuth as a stock shop does, and Bearer for the opponents."""
    return CountingShop(
        orders,
        stores=recorded_stores({1: f"https://{DOMAIN}/"}),
        integrations=[INTEGRATION],
        settings=ShopSettings(bearer_allowed=True, latency=latency),
    )


def whole_orders(count: int) -> list[dict[str, Any]]:
    """Returns plausible orders with all the columns that a real shop answers, about 5 kB each."""
    recorded = [order for order in recorded_orders() if order.get("store_id")]
    return [recorded[number % len(recorded)] | order for number, order in enumerate(many_orders(count))]


@contextmanager
def shop_process(orders: int, latency: Latency | None = None, *, whole: bool = True) -> Iterator[ShopProcess]:
    """Serves a shop with that many orders from another process within a `with` block.

    Args:
        orders: How many orders.
        latency: The time of its answers, if any.
        whole: Whether its orders have all columns; a great many would take much memory.

    Raises:
        RuntimeError: The shop does not start.
    """
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(there, orders, latency, whole), daemon=True)
    process.start()
    try:
        if not here.poll(START_SECONDS):
            raise RuntimeError("The shop of the bench does not start.")
        yield ShopProcess(here.recv(), here)
    finally:
        process.kill()
        process.join()


def covered(spans: list[tuple[float, float]]) -> float:
    """Returns how much time at least one of the spans covers."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(spans):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _usual_emails(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Makes all e-mails ASCII, as nearly all are. Of the generated ones, one in ten is not, for the sake of tests."""
    for order in orders:
        order["customer_email"] = (order["customer_email"] or "").encode("ascii", "ignore").decode() or None
    return orders


def _serve(connection: Connection[Any, Any], orders: int, latency: Latency | None, whole: bool) -> None:  # noqa: FBT001
    shop = bench_shop(_usual_emails(whole_orders(orders) if whole else many_orders(orders)), latency)
    with shop.serving() as address:
        connection.send(address)
        while connection.recv() == "traffic":
            connection.send(shop.take_traffic())
