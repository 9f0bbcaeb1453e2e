"""Connections, headers, and the log of requests."""

import requests

from local.shop import Shop, ShopSettings, recorded_stores
from tests.integration.local_shop.conftest import Client


def test_one_connection_serves_many_requests(shop: Shop, client: Client) -> None:
    for entity_id in (1, 2, 3):
        client.get(f"orders/{entity_id}")
    assert len({one.connection for one in shop.requests}) == 1


def test_every_response_sets_a_new_session_cookie(client: Client) -> None:
    cookies = [client.get(path).headers["Set-Cookie"] for path in ("orders/1", "orders/999", "nosuch")]
    assert all(cookie.startswith("PHPSESSID=") for cookie in cookies)
    assert len(set(cookies)) == 3


def test_requests_are_logged(shop: Shop, client: Client) -> None:
    client.page(("entity_id", "gt", 5), size=2, fields="items[entity_id],total_count")
    del client.session.headers["Authorization"]
    client.get("store/storeConfigs")
    listed, stores = shop.requests
    assert (listed.kind, listed.method, listed.path, listed.status) == ("list", "GET", "/rest/V1/orders", 200)
    assert listed.query["searchCriteria[pageSize]"] == "2"
    assert listed.query["fields"] == "items[entity_id],total_count"
    assert (listed.auth, listed.user_agent) == ("bearer", "magento-sync/test")
    assert listed.started <= listed.ended <= stores.started
    assert (stores.kind, stores.auth, stores.status) == ("stores", "none", 401)
    shop.requests.clear()
    assert shop.requests == []


def test_a_response_is_compressed_on_request(client: Client) -> None:
    zipped = client.get("orders/1")
    client.session.headers["Accept-Encoding"] = "identity"
    plain = client.get("orders/1")
    assert (zipped.headers.get("Content-Encoding"), plain.headers.get("Content-Encoding")) == ("gzip", None)
    assert zipped.json() == plain.json()


def test_the_request_line_has_a_limit(shop: Shop, client: Client) -> None:
    shop.configure(max_request_line=4096)
    assert client.ids(("entity_id", "in", "1," * 500)) == [1]
    assert client.page(("entity_id", "in", "1," * 1400)).status_code == 414
    line = "GET /rest/V1/orders/1?x= HTTP/1.1"
    for length, expected in [(4096, 200), (4097, 414)]:
        assert client.get("orders/1?x=" + "x" * (length - len(line))).status_code == expected


def test_a_placeholder_base_url_becomes_the_request_s_host() -> None:
    shop = Shop(stores=recorded_stores({1: "{{base_url}}"}), admins={"a": "b"}, settings=ShopSettings(folder="/winkel"))
    with shop.serving() as address:
        headers = {"Authorization": f"Bearer {shop.tokens.issue('a', 60)}", "Host": "any.example"}
        answer = requests.get(f"{address}/rest/V1/store/storeConfigs", headers=headers, timeout=10)
    assert address.endswith("/winkel")
    assert answer.json()[0]["base_link_url"] == "http://any.example/"


def test_shops_are_independent(shop: Shop) -> None:
    with Shop().serving() as other:
        assert other != shop.address
    assert requests.get(shop.address, timeout=10).status_code == 404
