"""Each response of a shop has its failure: responses of recorded shops, and of servers in front of them."""

from __future__ import annotations

import json
import math
from fnmatch import fnmatch
from pathlib import Path

import pytest
import requests

from magento_sync.errors import ShopError
from magento_sync.magento.http.failures import (
    Busy,
    InternalError,
    NoSuchEntity,
    PageNotFound,
    PageTooLarge,
    Refused,
    ServerFailed,
    Unauthorized,
)
from magento_sync.magento.http.responses import parse_response
from magento_sync.messages import sentence

RECORDINGS = Path(__file__).parents[2] / "recordings"

UNAUTHORIZED = "CREDENTIALS_REFUSED"
OAUTH = "OAUTH_REFUSED"
TABLE = {
    # admin tokens: a second factor is 400, a wrong password 401; auth/admin_login.py gives them their codes
    "01-*": "REQUEST_REFUSED",
    "02-*": OAUTH,
    "03-*": "REQUEST_REFUSED",
    "04-*": "REQUEST_REFUSED",
    "05-*": "REQUEST_REFUSED",
    "06-*": OAUTH,
    "09-*": OAUTH,
    "55-admin-token-wrong-password-*": OAUTH,
    # credentials and permissions
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
    # requests that Magento refuses
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


KINDS = {
    UNAUTHORIZED: Unauthorized,
    OAUTH: Unauthorized,
    "REQUEST_REFUSED": Refused,
    "SHOP_ERROR": InternalError,
    "NOT_FOUND": NoSuchEntity,
    "PAGE_LIMIT": PageTooLarge,
    "ANSWER_NOT_JSON": ServerFailed,
    "WRONG_ADDRESS": PageNotFound,
    "MAINTENANCE": Busy,
}


def failures() -> list[Path]:
    files = sorted(RECORDINGS.glob("*.json"))
    return [file for file in files if _failed(json.loads(file.read_text())["response"], file.stem)]


def _failed(response: dict[str, object], name: str) -> bool:
    return response["status"] != 200 or name == "63-accept-xml"


def expected(name: str) -> str:
    """Returns the code of the exact row, or of the first that matches."""
    return TABLE.get(name) or next(code for pattern, code in TABLE.items() if fnmatch(name, pattern))


def recorded(file: Path) -> tuple[requests.Response, bytes]:
    exchange = json.loads(file.read_text())["response"]
    response = requests.Response()
    response.status_code = exchange["status"]
    response.headers.update(dict(exchange["headers"]))
    return response, (exchange["body"] or "").encode()


@pytest.mark.parametrize("file", failures(), ids=lambda file: file.stem)
def test_a_recorded_failure_has_its_type_and_code(file: Path) -> None:
    with pytest.raises(ShopError) as caught:
        parse_response(*recorded(file))

    code = expected(file.stem)
    assert (type(caught.value), caught.value.code) == (KINDS[code], code)


def test_each_row_of_the_table_matches_a_recording() -> None:
    names = [file.stem for file in failures()]
    assert [pattern for pattern in TABLE if not any(fnmatch(name, pattern) for name in names)] == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "code"),
    [
        (200, {}, b"", ServerFailed, "ANSWER_NOT_JSON"),
        (200, {}, b"<html>challenge</html>", ServerFailed, "ANSWER_NOT_JSON"),
        (200, {}, b'{"items":[{"entity_id":1', ServerFailed, "ANSWER_NOT_JSON"),
        (202, {}, b"<html>challenge</html>", ServerFailed, "ANSWER_NOT_JSON"),
        (202, {}, b'{"items":[],"total_count":0}', ServerFailed, "ANSWER_NOT_JSON"),
        (206, {}, b'{"items":[],"total_count":0}', Refused, "REQUEST_REFUSED"),
        (301, {"Location": "https://www.other.example/rest"}, b"", Refused, "REDIRECTED"),
        (401, {}, b"<html>blocked</html>", Refused, "FIREWALL"),
        (401, {"WWW-Authenticate": 'Basic realm="Staging"'}, b"<html>", Refused, "BASIC_AUTHENTICATION"),
        (403, {}, b"<html>blocked</html>", Refused, "FIREWALL"),
        (403, {}, b'{"message":"blocked"}', Refused, "FIREWALL"),
        (404, {}, b"<html>not here</html>", PageNotFound, "WRONG_ADDRESS"),
        (404, {}, b'{"error":"not here"}', PageNotFound, "WRONG_ADDRESS"),
        (404, {}, b'["message"]', PageNotFound, "WRONG_ADDRESS"),
        (406, {}, b"<html>not acceptable</html>", Refused, "REQUEST_REFUSED"),
        (408, {}, b"", ServerFailed, "SHOP_ERROR"),
        (400, {}, b'{"message":"no","parameters":{"max":true}}', Refused, "REQUEST_REFUSED"),
        (414, {}, b"<html>too long</html>", Refused, "REQUEST_REFUSED"),
        (429, {"Retry-After": "120"}, b"", Busy, "TOO_MANY_REQUESTS"),
        (500, {}, b"<html>error</html>", InternalError, "SHOP_ERROR"),
        (502, {}, b"<html>bad gateway</html>", ServerFailed, "SHOP_ERROR"),
        (503, {}, b"<html>maintenance</html>", Busy, "MAINTENANCE"),
        (504, {}, b"", ServerFailed, "SHOP_ERROR"),
        (599, {}, b"", ServerFailed, "SHOP_ERROR"),
    ],
)
def test_an_answer_from_in_front_of_a_shop_has_its_type_and_code(
    status: int, headers: dict[str, str], body: bytes, kind: type[ShopError], code: str
) -> None:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)

    with pytest.raises(ShopError) as caught:
        parse_response(response, body)

    assert (type(caught.value), caught.value.code) == (kind, code)
    assert sentence(code, "nl", caught.value.parameters)
    assert sentence(code, "en", caught.value.parameters)


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
def test_retry_after_is_read_in_both_of_its_forms(value: str, seconds: float | None) -> None:
    response = requests.Response()
    response.status_code = 429
    response.headers["Retry-After"] = value

    with pytest.raises(Busy) as caught:
        parse_response(response, b"")

    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("resources", ["jan@example.com", "x" * 201, "", 7, ["Magento_Sales::sales"], "caf\u00e9"])
def test_only_a_text_in_the_form_of_a_permission_is_repeated(resources: object) -> None:
    response = requests.Response()
    response.status_code = 401

    with pytest.raises(Unauthorized) as caught:
        parse_response(response, json.dumps({"message": "no", "parameters": {"resources": resources}}).encode())

    assert caught.value.parameters == {}
