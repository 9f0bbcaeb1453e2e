"""Sends a recorded request to a local shop in the state of the recorded shop."""

import gzip
import http.client
import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as rfc5849

from local.shop import ALL, ORDERS, STORES, Integration, Shop, ShopSettings, failures, many_orders, recorded_orders
from local.shop.auth.oauth import header_parameters
from local.shop.data.dataset import orders_before_deletion
from local.shop.data.recordings import Recording, recording
from local.shop.data.template import new_order
from local.shop.settings import IntegrationState, secret

NOW = 1795361000.0
"""Later than every recorded timestamp except one in milliseconds; the shop accepts any time in the past."""

PASSWORD = "right-password"

PERMISSIONS = {
    "full": ALL,
    "salesonly": frozenset({ORDERS}),
    "salesbare": frozenset[str](),
    "nosales": frozenset({STORES}),
    "minimal": ALL,
    "temp": ALL,
}

BEARER_ALLOWED = re.compile(r"(56|70|82|83)-|57-.*-bearer|40-list-5170|43-list-negative|33-order-(4|11|13|15)-")

SETTINGS = {
    "01-": ShopSettings(two_factor=True),
    "02-": ShopSettings(two_factor=True),
    "03-": ShopSettings(two_factor=True),
    "05-": ShopSettings(two_factor=True, two_factor_providers=("google",)),
    "60-": ShopSettings(max_page_size=300),
    "61-": ShopSettings(max_page_size=50),
}

TEMP_STATES: dict[str, IntegrationState] = {
    "57-integration-inactive": "inactive",
    "57-integration-token-revoked": "revoked",
    "57-integration-deleted": "gone",
    "57-integration-reauthorized": "gone",
}

PRECEDED_BY = {
    "52-oauth-nonce-after-bad-signature-2": "52-oauth-nonce-after-bad-signature-1",
    "52-oauth-nonce-reused": "52-oauth-nonce-first",
    "52-oauth-nonce-reused-other-ts": "52-oauth-nonce-first",
}

WRONGLY_SIGNED = {"52-oauth-bad-signature", "52-oauth-nonce-after-bad-signature-1"}
WRONG_SECRETS = {"54-oauth-wrong-consumer-secret", "54-oauth-wrong-token-secret"}
QUERY_NOT_SIGNED = {"52-oauth-query-not-signed"}
SORTED_NATURALLY = {"58-oauth-11-filter-groups-natural-sort"}

TOKEN_LIFETIMES = {"55-auth-admin-token-expired": -15.0}


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    text: str


def recorded_shop(one: Recording) -> Shop:
    """Returns a shop in the state of the recorded shop at that exchange."""
    settings = next((value for prefix, value in SETTINGS.items() if one.name.startswith(prefix)), ShopSettings())
    shop = Shop(
        recorded_orders(),
        integrations=[Integration.named(name, rights) for name, rights in PERMISSIONS.items()],
        admins={"admin": PASSWORD},
        settings=settings,
        clock=lambda: NOW,
    )
    if BEARER_ALLOWED.match(one.name):
        shop.configure(bearer_allowed=True)
    for prefix, state in TEMP_STATES.items():
        if one.name.startswith(prefix):
            shop.access.change("temp", state=state)
    if one.name.startswith("64-maintenance"):
        shop.failures.switch_on(failures.maintenance())
    _stock(shop, one)
    return shop


def _stock(shop: Shop, one: Recording) -> None:
    """Changes the data, if the shop had other data than for the recordings 40 to 69."""
    if one.name == "11-oauth-orders-query":
        shop.orders.reset()
    elif one.name.startswith("11-"):
        shop.stores = recording("11-oauth-hmac-sha256").json()
    elif one.name.startswith(("31-", "32-")):
        shop.orders.reset([*orders_before_deletion(), *recorded_orders()[-4:]])
    elif one.name.startswith("34-"):
        shop.orders.put(one.json())
    elif one.name == "43-list-negative-total-only":
        shop.orders.reset(many_orders(5170))
    elif one.name.startswith(("40-list-5170", "82-")):
        shop.orders.reset({"store_id": 1} | item for item in one.json()["items"])
    elif one.name.startswith("70-"):
        _damage(shop, recording(re.sub(r"-(single|list)(-fields)?$", "-single", one.name)))
    elif one.name.startswith("83-"):
        around = recording("83-corrupt-4360-nin").json()["items"]
        after = recording("83-corrupt-4360-page-just-after").json()["items"]
        known = {item["entity_id"]: item for item in [*around, *after, new_order(4360)]}
        shop.orders.reset(known.values())
        if one.name != "83-after-repair-4360":
            shop.failures.damage(4360)


def _damage(shop: Shop, single: Recording) -> None:
    """Damages the order as in the recorded shop: unreadable, or only changed."""
    if single.status == 200:
        shop.orders.put(single.json())
    else:
        shop.failures.damage(int(urlsplit(single.target).path.rpartition("/")[2]))


def replay(shop: Shop, address: str, one: Recording) -> Got:
    """Sends the request with its placeholders filled in and a new signature."""
    headers = {name: _filled(value, shop, one.name) for name, value in one.headers.items()}
    target = _filled(one.target, shop, one.name)
    if "{{signature}}" in headers.get("Authorization", ""):
        headers["Authorization"] = _signed(one, target, headers)
    return send(address, one.method, target, headers, _filled(one.body or "", shop, one.name))


def send(address: str, method: str, target: str, headers: dict[str, str], body: str = "") -> Got:
    """Sends a request with exactly these headers and this target."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() or None)
        answer = connection.getresponse()
        content = answer.read()
        if answer.headers["Content-Encoding"] == "gzip":
            content = gzip.decompress(content)
        return Got(answer.status, dict(answer.headers), content.decode())
    finally:
        connection.close()


def _filled(text: str, shop: Shop, name: str) -> str:
    def fill(found: re.Match[str]) -> str:
        label = found.group(1)
        if label in {"admin_token", "short_admin_token"}:
            return shop.tokens.issue("admin", TOKEN_LIFETIMES.get(name, 60.0))
        if label == "signature":
            return found.group(0)
        return {
            "admin_password": PASSWORD,
            "admin_or_customer_jwt": "e30.eyJleHAiOjk5OTk5OTk5OTl9.AAAA",
            "customer_token": "e30.eyJleHAiOjk5OTk5OTk5OTl9.BBBB",
        }.get(label) or secret(label)

    return re.sub(r"\{\{([a-z_.]+)\}\}", fill, text)


def _signed(one: Recording, target: str, headers: dict[str, str]) -> str:
    protocol = {k: v for k, v in header_parameters(headers["Authorization"]).items() if k != "oauth_signature"}
    owner = one.headers["Authorization"].partition("{{")[2].partition(".")[0]
    wrong = "wrong." if one.name in WRONG_SECRETS else ""
    made = sign(
        one.method,
        f"http://{headers['Host']}{target}",
        protocol,
        (secret(f"{wrong}{owner}.consumer_secret"), secret(f"{wrong}{owner}.access_token_secret")),
        with_query=one.name not in QUERY_NOT_SIGNED,
        naturally=one.name in SORTED_NATURALLY,
    )
    made = made[::-1] if one.name in WRONGLY_SIGNED else made
    return headers["Authorization"].replace("{{signature}}", quote(made, safe=""))


def sign(  # noqa: PLR0913
    method: str,
    url: str,
    protocol: dict[str, str],
    secrets: tuple[str, str],
    *,
    with_query: bool = True,
    naturally: bool = False,
) -> str:
    """Signs by RFC 5849 with an independent library; `naturally` sorts as Magento does."""
    query = quote(urlsplit(url).query, safe="=&%+") if with_query else ""
    pairs = [*rfc5849.collect_parameters(uri_query=query), *protocol.items()]
    normalized = rfc5849.normalize_parameters(pairs)  # type: ignore[arg-type] # the stubs are wrong
    if naturally:
        normalized = "&".join(
            sorted(normalized.split("&"), key=lambda pair: re.sub(r"\d+", lambda d: d.group().zfill(9), pair))
        )
    text = rfc5849.signature_base_string(method, rfc5849.base_string_uri(url), normalized)  # type: ignore[arg-type]
    signer = Client("", client_secret=secrets[0], resource_owner_secret=secrets[1])
    return str(rfc5849.sign_hmac_sha256_with_client(text, signer))  # type: ignore[no-untyped-call]


def authorization(integration: Integration, method: str, url: str, **changes: str) -> str:
    """Returns a signed Authorization header."""
    protocol = {
        "oauth_consumer_key": integration.consumer_key,
        "oauth_token": integration.access_token,
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": str(int(NOW)),
        "oauth_nonce": "0" * 32,
        "oauth_version": "1.0",
    } | changes
    made = sign(method, url, protocol, (integration.consumer_secret, integration.access_token_secret))
    return "OAuth " + ", ".join(f'{k}="{quote(v, safe="")}"' for k, v in (protocol | {"oauth_signature": made}).items())


def parsed(text: str) -> object:
    """Returns JSON without the ids of reports, which are never the same."""
    return json.loads(re.sub(r"(webapi-|api\\/)[0-9a-f]+", r"\1", text))
