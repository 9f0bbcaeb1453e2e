"""Every failure that a real shop was recorded with, and the code that it gets."""

from __future__ import annotations

import json
import math
from fnmatch import fnmatch
from pathlib import Path

import pytest
import requests

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.http.responses import believed
from magento_sync.messages import sentence

RECORDINGS = Path(__file__).parents[2] / "recordings"

UNAUTHORIZED = "CREDENTIALS_REFUSED"
OAUTH = "OAUTH_REFUSED"
TABLE = {
    # admin tokens: a second factor is 400, a wrong password 401; the client makes TWO_FACTOR_REQUIRED and PASSWORD_REFUSED of them
    "01-*": "REQUEST_REFUSED",
    "02-*": OAUTH,
    "03-*": "REQUEST_REFUSED",
    "04-*": "REQUEST_REFUSED",
    "05-*": "REQUEST_REFUSED",
    "06-*": OAUTH,
    "09-*": OAUTH,
    "55-admin-token-wrong-password-*": OAUTH,
    # who we are, and what we may
    "10-*": UNAUTHORIZED,
    "11-oauth-hmac-sha1": "REQUEST_REFUSED",
    "31-orders-empty-searchcriteria": OAUTH,
    "45-*-noauth": UNAUTHORIZED,
    "45-*-sales*": UNAUTHORIZED,
    "46-*-nosales": UNAUTHORIZED,
    "46-*-salesbare": UNAUTHORIZED,
    "50-*": UNAUTHORIZED,
    "51-*": UNAUTHORIZED,
    "52-oauth-bad-signature": OAUTH,
    "52-oauth-nonce-after-*": OAUTH,
    "52-oauth-nonce-reused*": OAUTH,
    "52-oauth-plaintext-refused": "REQUEST_REFUSED",
    "52-oauth-query-not-signed": OAUTH,
    "52-oauth-sha1-refused": "REQUEST_REFUSED",
    "53-oauth-timestamp-ms": OAUTH,
    "53-oauth-timestamp-zero": OAUTH,
    "54-oauth-missing-params": "REQUEST_REFUSED",
    "54-oauth-short-token": "REQUEST_REFUSED",
    "54-*": OAUTH,
    "55-auth-*": UNAUTHORIZED,
    "56-bearer-enabled-acl-*": UNAUTHORIZED,
    "56-bearer-enabled-consumer-key": UNAUTHORIZED,
    "56-bearer-enabled-unknown": UNAUTHORIZED,
    "57-*-bearer": UNAUTHORIZED,
    "57-integration-inactive": UNAUTHORIZED,
    "57-*": OAUTH,
    "58-oauth-empty-value": "SHOP_ERROR",
    "58-oauth-in-query-string": UNAUTHORIZED,
    "58-*": OAUTH,
    # what was asked
    "30-*": "REQUEST_REFUSED",
    "36-order-id-1abc": "REQUEST_REFUSED",
    "36-order-id-not-a-number": "REQUEST_REFUSED",
    "36-order-id-zero": "REQUEST_REFUSED",
    "36-*": "NOT_FOUND",
    "37-*": "REQUEST_REFUSED",
    "42-*": "REQUEST_REFUSED",
    "43-list-bad-direction": "REQUEST_REFUSED",
    "43-*": "SHOP_ERROR",
    "44-*": "REQUEST_REFUSED",
    "60-*": "PAGE_LIMIT",
    "61-*": "PAGE_LIMIT",
    "63-V2": "NOT_FOUND",
    "63-accept-html": "SHOP_ERROR",
    "63-accept-xml": "ANSWER_NOT_JSON",
    "63-head": "REQUEST_REFUSED",
    "63-no-version": "REQUEST_REFUSED",
    "63-options": "REQUEST_REFUSED",
    "63-post": "NOT_FOUND",
    "63-rest-root": "REQUEST_REFUSED",
    "63-rest-uppercase": "WRONG_ADDRESS",
    "63-too-long-query": "REQUEST_REFUSED",
    "63-unknown-route": "NOT_FOUND",
    # the shop itself
    "64-*": "MAINTENANCE",
    "70-*": "SHOP_ERROR",
    "83-*": "SHOP_ERROR",
}


def failures() -> list[Path]:
    files = sorted(RECORDINGS.glob("*.json"))
    return [file for file in files if _failed(json.loads(file.read_text())["response"], file.stem)]


def _failed(response: dict[str, object], name: str) -> bool:
    return response["status"] != 200 or name == "63-accept-xml"


def expected(name: str) -> str:
    """The first row that matches, the exact ones first."""
    return TABLE.get(name) or next(code for pattern, code in TABLE.items() if fnmatch(name, pattern))


def recorded(file: Path) -> tuple[requests.Response, bytes]:
    exchange = json.loads(file.read_text())["response"]
    response = requests.Response()
    response.status_code = exchange["status"]
    response.headers.update(dict(exchange["headers"]))
    return response, (exchange["body"] or "").encode()


@pytest.mark.parametrize("file", failures(), ids=lambda file: file.stem)
def test_recorded_failure(file: Path) -> None:
    with pytest.raises(ShopError) as told:
        believed(*recorded(file))

    assert told.value.code == expected(file.stem)


def test_every_row_of_the_table_is_recorded() -> None:
    names = [file.stem for file in failures()]
    assert [pattern for pattern in TABLE if not any(fnmatch(name, pattern) for name in names)] == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "code"),
    [
        (200, {}, b"<html>challenge</html>", ShopUnavailable, "ANSWER_NOT_JSON"),
        (200, {}, b'{"items":[{"entity_id":1', ShopUnavailable, "ANSWER_NOT_JSON"),
        (202, {}, b"<html>challenge</html>", ShopUnavailable, "ANSWER_NOT_JSON"),
        (202, {}, b'{"items":[],"total_count":0}', ShopUnavailable, "ANSWER_NOT_JSON"),
        (206, {}, b'{"items":[],"total_count":0}', ShopNeedsPerson, "REQUEST_REFUSED"),
        (301, {"Location": "https://www.other.example/rest"}, b"", ShopNeedsPerson, "REDIRECTED"),
        (401, {}, b"<html>blocked</html>", ShopNeedsPerson, "FIREWALL"),
        (401, {"WWW-Authenticate": 'Basic realm="Staging"'}, b"<html>", ShopNeedsPerson, "BASIC_AUTHENTICATION"),
        (403, {}, b"<html>blocked</html>", ShopNeedsPerson, "FIREWALL"),
        (403, {}, b'{"message":"blocked"}', ShopNeedsPerson, "FIREWALL"),
        (404, {}, b"<html>not here</html>", ShopNeedsPerson, "WRONG_ADDRESS"),
        (404, {}, b'{"error":"not here"}', ShopNeedsPerson, "WRONG_ADDRESS"),
        (404, {}, b'["message"]', ShopNeedsPerson, "WRONG_ADDRESS"),
        (408, {}, b"", ShopUnavailable, "SHOP_ERROR"),
        (400, {}, b'{"message":"no","parameters":{"max":true}}', ShopNeedsPerson, "REQUEST_REFUSED"),
        (429, {"Retry-After": "120"}, b"", ShopUnavailable, "TOO_MANY_REQUESTS"),
        (502, {}, b"<html>bad gateway</html>", ShopUnavailable, "SHOP_ERROR"),
        (503, {}, b"<html>maintenance</html>", ShopUnavailable, "MAINTENANCE"),
        (504, {}, b"", ShopUnavailable, "SHOP_ERROR"),
        (599, {}, b"", ShopUnavailable, "SHOP_ERROR"),
    ],
)
def test_what_stands_in_front_of_a_shop(
    status: int, headers: dict[str, str], body: bytes, kind: type[ShopError], code: str
) -> None:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)

    with pytest.raises(kind) as told:
        believed(response, body)

    assert told.value.code == code
    assert sentence(code, "nl", told.value.parameters)
    assert sentence(code, "en", told.value.parameters)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("\u00b2", None),
        ("9" * 5000, math.inf),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00", 0),
        ("0 JAN 0 0:2150000000", None),
    ],
)
def test_retry_after_in_both_forms(value: str, seconds: float | None) -> None:
    response = requests.Response()
    response.status_code = 429
    response.headers["Retry-After"] = value

    with pytest.raises(ShopUnavailable) as told:
        believed(response, b"")

    assert told.value.retry_after == seconds


@pytest.mark.parametrize("resources", ["jan@example.com", "x" * 201, "", 7, ["Magento_Sales::sales"], "caf\u00e9"])
def test_only_what_looks_like_a_permission_is_repeated(resources: object) -> None:
    response = requests.Response()
    response.status_code = 401

    with pytest.raises(ShopNeedsPerson) as told:
        believed(response, json.dumps({"message": "no", "parameters": {"resources": resources}}).encode())

    assert told.value.parameters == {}
