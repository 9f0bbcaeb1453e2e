"""The bench's shop counts what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.shops import INTEGRATION, bench_shop, covered
from local.shop.data.template import new_order
from local.shop.http.request import Request

if TYPE_CHECKING:
    from bench.shops import CountingShop

HEADERS = {"authorization": f"Bearer {INTEGRATION.access_token}"}


def shop_with_five_orders() -> CountingShop:
    return bench_shop([new_order(number) for number in range(1, 6)])


def page(shop: CountingShop, size: int) -> str:
    request = Request("GET", f"/rest/V1/orders?searchCriteria[pageSize]={size}", HEADERS, b"", 1)
    return shop.respond(request).text


def test_traffic_is_what_the_shop_has_answered_since_the_last_call() -> None:
    shop = shop_with_five_orders()
    size = len(page(shop, 2)) + len(page(shop, 3))

    traffic = shop.take_traffic()

    assert (traffic.requests, traffic.size) == (2, size)
    assert shop.take_traffic().requests == 0


def test_an_event_happens_once_and_before_the_answer_that_reaches_the_number_of_orders() -> None:
    shop = shop_with_five_orders()
    happened: list[int] = []

    shop.after_orders(4, lambda: happened.append(1))
    page(shop, 3)
    assert happened == []
    page(shop, 3)
    page(shop, 3)

    assert happened == [1]


def test_time_that_two_requests_share_counts_once() -> None:
    assert covered([(0.0, 2.0), (1.0, 3.0), (5.0, 6.0)]) == 4.0
