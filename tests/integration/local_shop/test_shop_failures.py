"""Every failure has its response, and can be switched off."""

import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from local.shop import MEASURED, Latency, Shop, failures
from local.shop.failures import Failure
from local.shop.http.request import Kind
from tests.integration.local_shop.conftest import Client
from tests.support.shop_client import max_concurrent

Check = Callable[[requests.Response], Any]

ANSWERS: list[tuple[Failure, int, str, Check]] = [
    (failures.maintenance(), 503, "text/html", lambda answer: "Retry-After" not in answer.headers),
    (failures.maintenance("120"), 503, "text/html", lambda answer: answer.headers["Retry-After"] == "120"),
    (failures.error_page(429), 429, "text/html", lambda answer: "Retry-After" not in answer.headers),
    (failures.error_page(429, "7"), 429, "text/html", lambda answer: answer.headers["Retry-After"] == "7"),
    (
        failures.error_page(429, failures.http_date(0)),
        429,
        "text/html",
        lambda answer: answer.headers["Retry-After"] == "Thu, 01 Jan 1970 00:00:00 GMT",
    ),
    (failures.challenge(), 200, "text/html", lambda answer: "browser" in answer.text),
    (failures.error_page(403), 403, "text/html", lambda answer: "403 Forbidden" in answer.text),
    (failures.error_page(502), 502, "text/html", lambda answer: "502 Bad Gateway" in answer.text),
    (failures.error_page(503), 503, "text/html", lambda answer: "503 Service Unavailable" in answer.text),
    (failures.error_page(406), 406, "text/html", lambda answer: "406 Not Acceptable" in answer.text),
    (failures.error_page(503, "5"), 503, "text/html", lambda answer: answer.headers["Retry-After"] == "5"),
    (failures.fixed(200), 200, "text/html", lambda answer: answer.text == ""),
    (failures.localized_error(), 400, "application/json", lambda answer: list(answer.json()) == ["message"]),
    (
        failures.missing_permission("Magento_Catalog::products"),
        401,
        "application/json",
        lambda answer: answer.json()["parameters"] == {"resources": "Magento_Catalog::products"},
    ),
    (failures.plain_error(), 500, "text/plain", lambda answer: "SQLSTATE" in answer.text),
    (
        failures.redirect("http://other.example"),
        302,
        "text/html",
        lambda answer: answer.headers["Location"].startswith("http://other.example/rest/V1/orders?"),
    ),
    (failures.internal_error(), 500, "application/json", lambda answer: "Report ID" in answer.json()["message"]),
    (
        failures.fatal_error(),
        500,
        "application/json",
        lambda answer: answer.json()["messages"]["error"][0]["code"] == 500,
    ),
    (failures.not_found(), 404, "application/json", lambda answer: "doesn't exist" in answer.json()["message"]),
    (failures.message_only(), 200, "application/json", lambda answer: list(answer.json()) == ["message"]),
    (failures.empty_answer(), 200, "application/json", lambda answer: answer.json() == []),
    (failures.cut_off(framed=True), 200, "application/json", lambda answer: not answer.text.endswith("}")),
]


@pytest.mark.parametrize(("failure", "status", "content_type", "holds"), ANSWERS)
def test_a_failure_lasts_until_it_is_switched_off(  # noqa: PLR0913, PLR0917
    shop: Shop, client: Client, failure: Failure, status: int, content_type: str, holds: Check
) -> None:
    shop.failures.switch_on(failure)
    answer = client.page(size=2)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert holds(answer)
    shop.failures.switch_off(failure)
    assert client.ids(size=2) == [1, 2]


@pytest.mark.parametrize("failure", [failures.cut_off(), failures.reset(), failures.reset(half_way=True)])
def test_a_broken_connection_is_an_error_and_the_next_one_works(shop: Shop, client: Client, failure: Failure) -> None:
    shop.failures.switch_on(failure, times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.page()
    assert client.ids(size=2) == [1, 2]


@pytest.mark.parametrize(("kind", "statuses"), [("list", [500, 200, 200]), ("order", [200, 500, 200])])
def test_a_failure_can_be_limited_to_one_kind_of_request(
    shop: Shop, client: Client, kind: Kind, statuses: list[int]
) -> None:
    shop.failures.switch_on(failures.internal_error(), kind)
    answers = [client.page(size=1), client.get("orders/1"), client.get("store/storeConfigs")]
    assert [answer.status_code for answer in answers] == statuses


def test_a_failure_can_start_late_and_end(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.plain_error(502), times=2, after=2)
    assert [client.get("orders/1").status_code for _ in range(5)] == [200, 200, 502, 502, 200]


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_list_recovers_after_several_failures(shop: Shop, client: Client, times: int) -> None:
    shop.failures.switch_on(failures.internal_error(), "list", times=times)
    assert [client.page(size=1).status_code for _ in range(times + 1)] == [500] * times + [200]


def test_an_outage_affects_every_request(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.error_page(502))
    del client.session.headers["Authorization"]
    assert {client.get(path).status_code for path in ("orders", "orders/1", "store/storeConfigs", "nosuch")} == {502}
    login = requests.post(f"{shop.address}/rest/V1/integration/admin/token", json={}, timeout=10)
    assert login.status_code == 502
    shop.failures.switch_off()
    assert client.get("orders/1").status_code == 401


def test_a_failure_within_magento_comes_after_the_permission_check(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.empty_answer())
    del client.session.headers["Authorization"]
    assert client.page().status_code == 401


def test_a_damaged_order_breaks_its_pages_until_it_is_healed(shop: Shop, client: Client) -> None:
    shop.failures.damage(3, 7)
    assert client.get("orders/3").status_code == 500
    assert client.page(size=3, fields="items[entity_id]").status_code == 500
    assert client.ids(("entity_id", "nin", "3,7"), size=3) == [1, 2, 4]
    shop.failures.heal(3)
    assert client.ids(size=3) == [1, 2, 3]
    assert client.get("orders/7").status_code == 500
    shop.failures.heal()
    assert client.get("orders/7").status_code == 200


def test_a_list_can_contain_orders_of_another_store(shop: Shop, client: Client) -> None:
    shop.failures.extra_orders = ({"entity_id": 3, "store_id": 2},)
    assert client.ids(("store_id", "eq", 6)) == [10, 3]


def test_a_shop_can_be_slow_by_request_and_by_order(shop: Shop, client: Client) -> None:
    shop.configure(latency=Latency(per_request=0.02, per_order=0.05, over=2))
    assert _seconds(lambda: client.page(size=2)) >= 0.02
    assert _seconds(lambda: client.page(size=5)) >= 0.17


def test_a_shop_can_be_as_slow_as_the_measured_shop(shop: Shop, client: Client) -> None:
    shop.configure(latency=MEASURED)
    assert Latency(per_request=0.040, per_order=0.0052, at_once=2) == MEASURED
    assert _seconds(lambda: client.page(size=2)) >= 0.040 + 2 * 0.0052
    assert _seconds(lambda: client.page(size=30)) >= 0.040 + 30 * 0.0052


def test_a_shop_processes_only_some_requests_at_the_same_time(shop: Shop, client: Client) -> None:
    shop.configure(latency=Latency(per_request=0.05, per_order=0, at_once=2))

    def ask() -> None:
        headers = {"Authorization": str(client.session.headers["Authorization"])}
        requests.get(f"{shop.address}/rest/V1/orders/1", headers=headers, timeout=10)

    with ThreadPoolExecutor(4) as threads:
        took = _seconds(lambda: [done.result() for done in [threads.submit(ask) for _ in range(4)]])
    assert took >= 0.1
    assert max_concurrent(shop.requests) >= 2


def test_a_response_can_break_off_half_way(shop: Shop, client: Client) -> None:
    whole = len(_raw(shop, client))
    shop.failures.switch_on(failures.cut_off())
    assert 0.4 * whole < len(_raw(shop, client)) < 0.7 * whole


def _raw(shop: Shop, client: Client) -> bytes:
    """Returns all bytes until the shop closes the connection."""
    lines = ["GET /rest/V1/orders/1 HTTP/1.1", "Host: shop.example", "Connection: close"]
    lines.append(f"Authorization: {client.session.headers['Authorization']!s}")
    with socket.create_connection(("127.0.0.1", urlsplit(shop.address).port or 0), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_shop_can_refuse_connections(shop: Shop, client: Client) -> None:
    with shop.refusing_connections(), pytest.raises(requests.ConnectionError):
        client.get("orders/1")
    assert client.get("orders/1").status_code == 200


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
