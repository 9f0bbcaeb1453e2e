"""Credentials that Magento accepts and refuses, beyond the recorded requests."""

import pytest
import requests

from local.shop import ALL, ORDERS, Integration, Shop, recorded_orders
from local.shop.http.request import Request, Route, route
from tests.integration.local_shop.conftest import INTEGRATION, Client
from tests.support.replaying import NOW, authorization, send

TARGET = "/rest/V1/orders/1?fields=entity_id"


def signed_shop() -> Shop:
    return Shop(recorded_orders(), integrations=[INTEGRATION], clock=lambda: NOW)


def status(shop: Shop, header: str, **headers: str) -> int:
    all_headers = {"host": "shop.example:8443", "authorization": header} | headers
    return shop.respond(Request("GET", TARGET, all_headers)).status


def test_a_signature_belongs_to_scheme_host_and_port() -> None:
    shop = signed_shop()
    made = [
        authorization(INTEGRATION, "GET", f"{root}{TARGET}", oauth_nonce=f"{number}" * 32)
        for number, root in enumerate(["https://shop.example:8443", "https://shop.example", "http://shop.example:8443"])
    ]
    proxied = {"x-forwarded-proto": "https"}
    assert status(shop, made[0], **proxied) == 200
    assert status(shop, made[1], **proxied) == 401
    assert status(shop, made[2], **proxied) == 401


def test_a_timestamp_can_lie_ten_minutes_in_the_future() -> None:
    shop = signed_shop()
    for ahead, expected in [(600, 200), (601, 401)]:
        changes = {"oauth_timestamp": str(int(NOW) + ahead), "oauth_nonce": f"{ahead}"}
        header = authorization(INTEGRATION, "GET", f"http://shop.example:8443{TARGET}", **changes)
        assert status(shop, header) == expected


def test_a_nonce_belongs_to_its_consumer() -> None:
    other = Integration.named("other")
    shop = Shop(recorded_orders(), integrations=[INTEGRATION, other], clock=lambda: NOW)
    for integration, expected in [(INTEGRATION, 200), (other, 200), (INTEGRATION, 401)]:
        assert status(shop, authorization(integration, "GET", f"http://shop.example:8443{TARGET}")) == expected


def test_a_shop_can_compute_signatures_over_brackets_and_commas_wrongly() -> None:
    shop = signed_shop()
    shop.failures.missigned = "[],"
    with shop.serving() as address:
        for number, (query, expected) in enumerate(
            [("entity_id,store_id", 401), ("items[entity_id]", 401), ("x", 200)]
        ):
            target = f"/rest/V1/orders?searchCriteria[pageSize]=1&fields={query}"
            header = authorization(INTEGRATION, "GET", address + target, oauth_nonce=f"{number}" * 32)
            headers = {"Host": address.removeprefix("http://"), "Authorization": header}
            assert send(address, "GET", target, headers).status == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fields=items[entity_id]&searchCriteria[pageSize]=1", 401),
        ("fields=items%5Bentity_id%5D&searchCriteria[pageSize]=1", 401),
        ("fields=total_count&searchCriteria[pageSize]=1", 200),
        ("searchCriteria[sortOrders][0][field]=entity_id&searchCriteria[pageSize]=1&fields=total_count,items", 200),
    ],
)
def test_a_shop_can_compute_signatures_over_brackets_in_values_wrongly(query: str, expected: int) -> None:
    shop = signed_shop()
    shop.failures.missigned = "[]"
    target = f"/rest/V1/orders?{query}"
    with shop.serving() as address:
        header = authorization(INTEGRATION, "GET", address + target)
        headers = {"Host": address.removeprefix("http://"), "Authorization": header}
        answer = send(address, "GET", target, headers)
    assert answer.status == expected


def test_a_refused_request_uses_up_its_nonce() -> None:
    shop = signed_shop()
    good = authorization(INTEGRATION, "GET", f"http://shop.example:8443{TARGET}")
    bad = authorization(INTEGRATION, "GET", "http://other.example/")
    assert [status(shop, header) for header in (bad, good)] == [401, 401]
    assert status(signed_shop(), good) == 200


def test_permissions_change_while_serving(shop: Shop, client: Client) -> None:
    shop.access.change("sync", permissions=frozenset({ORDERS}))
    refused = client.get("store/storeConfigs")
    assert (refused.status_code, refused.json()["parameters"]) == (401, {"resources": "Magento_Backend::store"})
    assert client.get("orders/1").status_code == 200
    shop.access.change("sync", permissions=ALL)
    assert client.get("store/storeConfigs").status_code == 200


def test_bearer_is_refused_by_default(shop: Shop, client: Client) -> None:
    shop.configure(bearer_allowed=False)
    assert client.get("orders/1").status_code == 401


def test_an_admin_has_the_permissions_of_the_role(shop: Shop, client: Client) -> None:
    client.session.headers["Authorization"] = f"Bearer {shop.tokens.issue('admin', 60)}"
    shop.access.admin_permissions = frozenset({ORDERS})
    assert [client.get(path).status_code for path in ("orders/1", "store/storeConfigs")] == [200, 401]


def test_no_password_gets_a_token_under_two_factor_authentication(shop: Shop) -> None:
    shop.configure(two_factor=True, two_factor_providers=("google",))
    refused = token(shop.address, "right-password")
    assert (refused.status_code, refused.json()["parameters"]) == (400, {"active_providers": ["google"]})
    shop.configure(two_factor=False)
    assert token(shop.address, "right-password").status_code == 200


def token(address: str, password: str) -> requests.Response:
    body = {"username": "admin", "password": password}
    return requests.post(f"{address}/rest/V1/integration/admin/token", json=body, timeout=10)


def test_an_admin_token_expires() -> None:
    now = [NOW]
    shop = Shop(recorded_orders(), admins={"admin": "right"}, clock=lambda: now[0])
    with shop.serving() as address:
        headers = {"Authorization": f"Bearer {token(address, 'right').json()}"}
        first = requests.get(address + TARGET, headers=headers, timeout=10)
        now[0] += shop.settings.admin_token_lifetime
        second = requests.get(address + TARGET, headers=headers, timeout=10)
    assert [first.status_code, second.status_code] == [200, 401]


def test_six_failures_lock_an_account_for_half_an_hour() -> None:
    now = [NOW]
    shop = Shop(admins={"admin": "right"}, clock=lambda: now[0])
    with shop.serving() as address:
        refused = [token(address, "wrong").status_code for _ in range(6)]
        locked = token(address, "right").status_code
        now[0] += 30 * 60
        after = token(address, "right").status_code
    assert (refused, locked, after) == ([401] * 6, 401, 200)


def test_a_login_without_a_password_names_the_missing_field(shop: Shop) -> None:
    answer = requests.post(f"{shop.address}/rest/V1/integration/admin/token", json={"username": "admin"}, timeout=10)
    assert (answer.status_code, answer.json()["parameters"]) == (400, {"fieldName": "password"})


def test_a_shop_can_be_installed_in_a_folder() -> None:
    assert route(Request("GET", "/winkel/index.php/rest/V1/orders", {}), (), "/winkel") == Route("list")
