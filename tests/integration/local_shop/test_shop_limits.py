"""Limits on the size and the number of requests."""

import pytest

from local.shop import Shop, failures
from local.shop.failures import Failure
from local.shop.http.responses import Response
from local.shop.limits import RateLimit, long_address, long_value, too_many_orders
from tests.integration.local_shop.conftest import Client


def test_a_page_of_too_many_orders_fails(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(too_many_orders(2, failures.error_page(503, retry_after="5")), "list")
    refused = client.page(size=3)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert client.ids(size=2) == [1, 2]


def test_every_order_can_fail_while_an_empty_page_succeeds(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(too_many_orders(0, failures.localized_error()))
    assert [client.get("orders/1").status_code, client.page(size=1).status_code] == [400, 400]
    assert client.ids(("entity_id", "gt", 61)) == []
    assert client.get("orders/999").status_code == 404


LONG: list[tuple[Failure, int]] = [
    (failures.error_page(403), 403),
    (failures.fixed(400, "Bad Request"), 400),
    (failures.error_page(404), 404),
    (failures.error_page(414), 414),
]


@pytest.mark.parametrize(("failure", "status"), LONG)
def test_an_address_that_is_too_long_fails(shop: Shop, client: Client, failure: Failure, status: int) -> None:
    shop.failures.switch_on(long_address(2048, failure))
    path = "/rest/V1/orders/1?x="
    for length, expected in [(2048, 200), (2049, status)]:
        assert client.get("orders/1?x=" + "x" * (length - len(path))).status_code == expected


@pytest.mark.parametrize("failure", [failures.internal_error(), failures.fixed(200)])
def test_a_value_that_is_too_long_fails(shop: Shop, client: Client, failure: Failure) -> None:
    shop.failures.switch_on(long_value(20, failure))
    refused = client.page(("entity_id", "in", ",".join(map(str, range(1, 20)))))
    assert (refused.status_code, refused.text[:1]) in {(500, "{"), (200, "")}
    assert client.ids(("entity_id", "in", "1,2,3,4,5"), ("store_id", "in", "1,2,3,4,6")) == [1, 2, 3, 4]


def test_a_rate_limit_allows_a_burst_and_then_the_rate() -> None:
    now = [0.0]
    limit = RateLimit(2, 5, clock=lambda: now[0])

    def statuses(count: int) -> list[int]:
        return [limit(lambda: Response(200, ""), "/").status for _ in range(count)]

    assert statuses(8) == [200] * 6 + [503] * 2
    now[0] += 0.5
    assert statuses(2) == [200, 503]
    now[0] += 60
    assert statuses(7) == [200] * 6 + [503]


@pytest.mark.parametrize("status", [503, 429])
def test_a_rate_limit_sends_no_retry_after(shop: Shop, client: Client, status: int) -> None:
    shop.failures.switch_on(RateLimit(0.001, 0, status))
    first, second = client.get("orders/1"), client.get("orders/1")
    assert (first.status_code, second.status_code) == (200, status)
    assert "Retry-After" not in second.headers
