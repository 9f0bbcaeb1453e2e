"""Damaged orders, endless responses, and silently cut pages."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

import pytest
import requests

from local.shop import Shop, failures
from local.shop.failures import Failure
from tests.integration.local_shop.conftest import Client

SOON = 0.3
ENDLESS = [failures.stall(), failures.stall(half_way=True), failures.drip("body"), failures.drip("head")]


def test_an_order_that_breaks_lists_can_be_read_alone(shop: Shop, client: Client) -> None:
    shop.failures.damage(3, list_only=True)
    assert client.page(size=3, fields="items[entity_id]").status_code == 500
    assert client.get("orders/3").json()["entity_id"] == 3
    shop.failures.heal(3)
    assert client.ids(size=3) == [1, 2, 3]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (failures.plain_error(502), 502),
        (failures.error_page(503, retry_after="5"), 503),
        (failures.error_page(403), 403),
        (failures.error_page(404), 404),
        (failures.localized_error(), 400),
        (failures.missing_permission(), 401),
        (failures.fixed(418, "teapot"), 418),
    ],
)
def test_an_order_can_fail_in_any_way(shop: Shop, client: Client, failure: Failure, status: int) -> None:
    shop.failures.damage(3, failure=failure)
    assert [client.get(f"orders/{one}").status_code for one in (2, 3)] == [200, status]
    assert [client.page(size=size).status_code for size in (2, 3)] == [200, status]
    shop.failures.heal()
    assert client.get("orders/3").status_code == 200


@pytest.mark.parametrize("path", ["orders/3", "orders?searchCriteria[pageSize]=3"])
@pytest.mark.parametrize("failure", [failures.reset(), failures.reset(half_way=True), failures.cut_off()])
def test_an_order_can_break_the_connection(shop: Shop, client: Client, failure: Failure, path: str) -> None:
    shop.failures.damage(3, failure=failure)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.get(path)
    assert client.ids(size=2) == [1, 2]
    shop.failures.heal(3)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["orders/3", "orders?searchCriteria[pageSize]=3"])
@pytest.mark.parametrize("failure", [failures.stall(), failures.stall(half_way=True)])
def test_an_order_can_stall(shop: Shop, client: Client, failure: Failure, path: str) -> None:
    shop.failures.damage(3, failure=failure)
    with pytest.raises((requests.ReadTimeout, requests.ConnectionError)):
        client.session.get(f"{shop.address}/rest/V1/{path}", timeout=SOON)
    assert client.ids(size=2) == [1, 2]
    assert [one.status for one in shop.requests] == [0, 200]
    shop.failures.heal()
    assert client.get(path).status_code == 200


def test_an_order_can_stall_lists_only(shop: Shop, client: Client) -> None:
    shop.failures.damage(3, failure=failures.stall(), list_only=True)
    assert client.get("orders/3").status_code == 200
    with pytest.raises(requests.ReadTimeout):
        client.session.get(f"{shop.address}/rest/V1/orders?searchCriteria[pageSize]=3", timeout=SOON)


@pytest.mark.parametrize("failure", ENDLESS)
def test_an_endless_response_ends_with_its_client(shop: Shop, client: Client, failure: Failure) -> None:
    shop.failures.switch_on(failure, times=1)
    with _request(shop, client) as connection:
        assert not _ends_within(connection, SOON)
        assert not shop.wait_until_idle(0)
    assert shop.wait_until_idle(5)


@pytest.mark.parametrize("failure", ENDLESS)
def test_a_shop_can_stop_during_an_endless_response(shop: Shop, client: Client, failure: Failure) -> None:
    shop.failures.switch_on(failure, times=1)
    with _request(shop, client) as connection:
        assert not _ends_within(connection, SOON)
        assert client.ids(size=2) == [1, 2]
        shop.stop()
        assert _ends_within(connection, 10)


@pytest.mark.parametrize("failure", [failures.drip("body"), failures.drip("head")])
def test_dripping_bytes_arrive_faster_than_any_read_time_out(shop: Shop, client: Client, failure: Failure) -> None:
    shop.failures.switch_on(failure, times=1)
    with _request(shop, client, "orders/1?fields=entity_id") as connection:
        connection.settimeout(10)
        drops = [connection.recv(65536) for _ in range(40)]
    assert all(drops)
    assert max(map(len, drops[2:])) < 20


def test_a_response_can_stall_half_way(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.stall(half_way=True), times=1)
    with _request(shop, client) as connection:
        connection.settimeout(10)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_pages_can_be_cut_silently(shop: Shop, client: Client) -> None:
    whole = client.page(size=30, fields="items[entity_id],total_count").json()
    shop.configure(silent_page_limit=5)
    cut = client.page(size=30, fields="items[entity_id],total_count").json()
    assert cut == {"items": whole["items"][:5], "total_count": whole["total_count"]}
    assert client.page(size=30, fields="search_criteria").json()["search_criteria"]["page_size"] == 30
    assert len(client.ids(size=3)) == 3


@contextmanager
def _request(shop: Shop, client: Client, path: str = "orders?searchCriteria[pageSize]=2") -> Iterator[socket.socket]:
    """Yields a connection with a pending request, for a page by default."""
    lines = [f"GET /rest/V1/{path} HTTP/1.1", "Host: shop.example"]
    lines.append(f"Authorization: {client.session.headers['Authorization']!s}")
    with socket.create_connection(("127.0.0.1", urlsplit(shop.address).port or 0), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        yield connection


def _ends_within(connection: socket.socket, seconds: float) -> bool:
    """Returns whether the shop closes the connection; a complete response would keep it open."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        with suppress(TimeoutError):
            if not connection.recv(65536):
                return True
    return False
