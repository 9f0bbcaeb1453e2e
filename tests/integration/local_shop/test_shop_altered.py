"""Successful responses with altered content, and paths that do not lead to Magento."""

import json
import re
import socket
from urllib.parse import urlsplit

import pytest
import requests

from local.shop import Shop, failures
from tests.integration.local_shop.conftest import Client

FIELDS = "items[entity_id,store_id],total_count"


def test_ids_can_be_text(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.ids_as_text(2))
    items = client.page(size=2, fields=FIELDS).json()["items"]
    assert items == [{"entity_id": 1, "store_id": 1}, {"entity_id": "2", "store_id": "1"}]
    alone = client.get("orders/2").json()
    assert (alone["entity_id"], alone["store_id"]) == ("2", "1")


def test_orders_can_be_altered_in_any_way(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.altered_orders(lambda order: order | {"store_id": "main"}))
    assert {item["store_id"] for item in client.page(size=5).json()["items"]} == {"main"}
    assert client.get("orders/999").status_code == 404


def test_a_total_can_ignore_the_filter(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.fixed_total(56))
    page = client.page(("entity_id", "gt", 60), fields=FIELDS).json()
    assert (len(page["items"]), page["total_count"]) == (1, 56)
    assert "total_count" not in client.page(fields="items[entity_id]").json()


def test_informational_responses_can_precede_the_real_response(shop: Shop, client: Client) -> None:
    shop.failures.switch_on(failures.early_hints(100, 102, 103))
    lines = ["GET /rest/V1/orders/1 HTTP/1.1", f"Authorization: {client.session.headers['Authorization']!s}"]
    with socket.create_connection(("127.0.0.1", urlsplit(shop.address).port or 0), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        sent = b"".join(iter(lambda: connection.recv(65536), b""))
    assert re.findall(rb"^HTTP/1.1 (\d+)", sent, re.MULTILINE) == [b"100", b"102", b"103", b"200"]


@pytest.mark.parametrize("prefix", ["/index.php/rest/V1", "/rest/default/V1"])
def test_the_api_can_be_limited_to_one_path(shop: Shop, client: Client, prefix: str) -> None:
    shop.failures.switch_on(failures.only_under(prefix))
    below, elsewhere = client.session.get(f"{shop.address}{prefix}/orders/1", timeout=10), client.get("orders/1")
    assert (below.status_code, elsewhere.status_code) == (200, 404)
    assert elsewhere.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("escaped", [True, False])
def test_a_token_has_line_ends_inside_its_quotes(shop: Shop, *, escaped: bool) -> None:
    shop.failures.switch_on(failures.padded_token(escaped=escaped), "token")
    body = {"username": "admin", "password": "right-password"}
    answer = requests.post(f"{shop.address}/rest/V1/integration/admin/token", json=body, timeout=10)
    token = json.loads(answer.text, strict=escaped)
    assert token == f"\r\n{token.strip()}\r\n"
    headers = {"Authorization": f"Bearer {token.strip()}"}
    assert requests.get(f"{shop.address}/rest/V1/orders/1", headers=headers, timeout=10).status_code == 200


def test_unknown_fields_leave_empty_lists(client: Client) -> None:
    assert client.page(size=2, fields="items[nosuchfield]").json() == {"items": [[], []]}
    assert client.get("orders/1", fields="nosuchfield").json() == []
