"""Whatever callers send: what will not do is answered with the field, and never with a bare 500."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.api_calls import CRON, PATH, Api

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

API = Api()
RUNS = f"{PATH}/runs"
LISTED = [PATH, RUNS]
"""What is asked with a websiteId."""

pytestmark = pytest.mark.usefixtures("functions")

BODIES: list[tuple[str | None, dict[str, str]]] = [
    (None, {"body": "MISSING"}),
    ("", {"body": "MISSING"}),
    (" ", {"body": "MALFORMED"}),
    ("null", {"body": "WRONG_TYPE"}),
    ("[]", {"body": "WRONG_TYPE"}),
    ('[{"websiteId": "w"}]', {"body": "WRONG_TYPE"}),
    ("7", {"body": "WRONG_TYPE"}),
    ('"w"', {"body": "WRONG_TYPE"}),
    ("NaN", {"body": "MALFORMED"}),
    ("websiteId=1", {"body": "MALFORMED"}),
    ("{", {"body": "MALFORMED"}),
    ('{"websiteId": "w"} x', {"body": "MALFORMED"}),
    ('\ufeff{"websiteId": "w"}', {"body": "MALFORMED"}),
    ("{}", {"websiteId": "MISSING"}),
    ('{"WebsiteId": "w"}', {"websiteId": "MISSING", "WebsiteId": "UNKNOWN"}),
    ('{"website_id": "w"}', {"websiteId": "MISSING", "website_id": "UNKNOWN"}),
    ('{"websiteId": "w", "more": 1}', {"more": "UNKNOWN"}),
    ('{"websiteId": "w", "websiteId": "v"}', {"websiteId": "REPEATED"}),
    ('{"websiteId": 7}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": 1e400}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": Infinity}', {"body": "MALFORMED"}),
    ('{"websiteId": ' + "9" * 5000 + "}", {"body": "MALFORMED"}),
    ('{"websiteId": true}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": null}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": ["w"]}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": {"websiteId": "w"}}', {"websiteId": "WRONG_TYPE"}),
    ('{"websiteId": ""}', {"websiteId": "TOO_SHORT"}),
    (json.dumps({"websiteId": "w" * 201}), {"websiteId": "TOO_LONG"}),
    ('{"websiteId": "w\\u0000"}', {"websiteId": "NOT_ALLOWED"}),
    ('{"websiteId": "\\ud800"}', {"websiteId": "NOT_ALLOWED"}),
    ('{"websiteId": "w", "\\ud800": 1}', {"body": "NOT_ALLOWED"}),
    ("[" * 60_000, {"body": "MALFORMED"}),
    (json.dumps({"websiteId": "w" * 70_000}), {"body": "TOO_LONG"}),
    (json.dumps({"websiteId": "é" * 33_000}, ensure_ascii=False), {"body": "TOO_LONG"}),
]


def test_bodies_that_will_not_do(functions: LambdaClient) -> None:
    for body, faults in BODIES:
        answer = API.ask("POST", PATH, body=body)
        assert (answer.status, answer.code, answer.faults) == (400, "BAD_REQUEST", faults), str(body)[:40]
    assert functions.events == []


def test_bodies_in_base64_that_will_not_do() -> None:
    for content, fault in ((b"\xff\xfe", "MALFORMED"), (b"x" * 65_537, "TOO_LONG"), (b"[]", "WRONG_TYPE")):
        event = {**API.event("POST", PATH), "body": base64.b64encode(content).decode(), "isBase64Encoded": True}
        answer = API.send(event)
        assert (answer.status, answer.code, answer.faults) == (400, "BAD_REQUEST", {"body": fault})


def test_a_body_that_should_be_base64_and_is_not() -> None:
    assert API.send({**API.event("POST", PATH), "body": "?", "isBase64Encoded": True}).faults == {"body": "MALFORMED"}


def test_a_body_in_base64_is_read(system: System) -> None:
    body = base64.b64encode(json.dumps({"websiteId": system.add_website()}).encode()).decode()

    assert API.send({**API.event("POST", PATH), "body": body, "isBase64Encoded": True}).status == 200


OTHER_TYPES = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/jsonp",
    "application/json, text/plain",
    "x",
]


def test_other_media_types_are_refused(functions: LambdaClient) -> None:
    event = {**API.event("POST", PATH), "body": '{"websiteId": "w"}'}
    for kind in OTHER_TYPES:
        for name in ("content-type", "Content-Type"):
            answer = API.send({**event, "headers": {name: kind}})
            assert (answer.status, answer.faults) == (400, {"Content-Type": "NOT_ALLOWED"}), kind
    assert functions.events == []


def test_json_is_json_with_a_charset_and_without_a_type() -> None:
    event = {**API.event("POST", PATH), "body": '{"websiteId": "nobody"}'}
    for kind in ("application/json", "Application/JSON ; charset=utf-8", None):
        headers = {} if kind is None else {"Content-Type": kind}
        assert API.send({**event, "headers": headers}).code == "WEBSITE_NOT_FOUND"


def test_what_will_not_do_is_told_in_the_callers_language() -> None:
    for language, message in (("nl", "Dit veld ontbreekt."), ("en", "This field is missing.")):
        answer = API.ask("POST", PATH, body="{}", accept_language=language)
        assert answer.headers["content-language"] == language
        assert answer.body["error"]["fields"] == [{"field": "websiteId", "code": "MISSING", "message": message}]
    unread = API.ask("POST", PATH, body="{}", content_type="x", accept_language="en")
    assert unread.body["error"]["fields"][0]["message"] == "This value cannot stand here."
    assert unread.body["error"]["requestId"]


METACHARACTERS = [
    "'",
    "%",
    "_",
    '";--',
    "' OR '1'='1",
    "\\",
    "$1",
    "{website}",
    "%s",
    "%(website)s",
    "\n",
    "ÿ€😀",
    "\ufeff",
    "a,b",
]


def test_odd_websites_are_only_unknown() -> None:
    for website in METACHARACTERS:
        answers = [API.get(path, [("websiteId", website)]) for path in LISTED] + [API.sync(website)]
        assert {(answer.status, answer.code) for answer in answers} == {(404, "WEBSITE_NOT_FOUND")}, website


def test_odd_runs_are_not_found_or_will_not_do() -> None:
    for run in [*METACHARACTERS, "../runs", "a/b", "%2F", "%00", "\x00", "\ud800", "?", "x" * 10_000]:
        for method in ("GET", "DELETE"):
            answer = API.ask(method, f"{RUNS}/{run}")
            assert (answer.status, answer.code) in {
                (404, "RUN_NOT_FOUND"),
                (404, "NOT_FOUND"),
                (400, "BAD_REQUEST"),
            }, run


QUERIES: list[tuple[list[tuple[str, str]], dict[str, str]]] = [
    ([], {"websiteId": "MISSING"}),
    ([("websiteId", "")], {"websiteId": "TOO_SHORT"}),
    ([("websiteId", "w" * 201)], {"websiteId": "TOO_LONG"}),
    ([("websiteId", "w\x00")], {"websiteId": "NOT_ALLOWED"}),
    ([("websiteId", "w\ud800")], {"websiteId": "NOT_ALLOWED"}),
    ([("websiteId", "w"), ("websiteId", "w")], {"websiteId": "REPEATED"}),
    ([("websiteId", "w"), ("websiteId", "")], {"websiteId": "REPEATED"}),
    ([("websiteid", "w")], {"websiteid": "UNKNOWN", "websiteId": "MISSING"}),
    ([("websiteId", "w"), ("page", "2"), ("page", "3")], {"page": "UNKNOWN"}),
    ([("websiteId", "w"), ("", "")], {"": "UNKNOWN"}),
]


@pytest.mark.parametrize("path", LISTED)
def test_queries_that_will_not_do(path: str) -> None:
    for query, faults in QUERIES:
        answer = API.get(path, query)
        assert (answer.status, answer.code, answer.faults) == (400, "BAD_REQUEST", faults), query


LIMITS = {
    "OUT_OF_RANGE": ["0", "-1", "101", "9" * 19, "9" * 21, "-" + "9" * 21, "9" * 5000],
    "WRONG_TYPE": ["", "-", "five", "1.0", "1e1", "1_0", " 1", "５", "1,2", "1 OR 1=1"],
}


@pytest.mark.parametrize("fault", LIMITS)
def test_limits_that_will_not_do(fault: str) -> None:
    for limit in LIMITS[fault]:
        assert API.get(RUNS, [("websiteId", "w"), ("limit", limit)]).faults == {"limit": fault}, limit


def test_cursors_that_will_not_do() -> None:
    for cursor in ("", "=", "a b", "%", "ÿ", "x" * 1001, "\x00"):
        assert set(API.get(RUNS, [("websiteId", "w"), ("cursor", cursor)]).faults) == {"cursor"}, cursor


def test_nothing_is_asked_with_an_unknown_query(functions: LambdaClient, system: System) -> None:
    body = json.dumps({"websiteId": system.add_website()})
    for method, path in (("GET", f"{RUNS}/some"), ("DELETE", f"{RUNS}/some"), ("GET", CRON), ("POST", PATH)):
        answer = API.ask(method, path, [("dryRun", "true")], body if method == "POST" else None)
        assert (answer.status, answer.faults) == (400, {"dryRun": "UNKNOWN"})
    assert functions.events == []


def test_other_methods_are_not_found() -> None:
    for method in ("HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "ANY"):
        assert API.ask(method, PATH).status == 404


def test_odd_headers_are_passed_over(system: System) -> None:
    website = system.add_website()

    for prefer in ("wait=\x00", ",", "wait=1;wait=2;=", '"', "wait=" + "9" * 5000, "é" * 5000):
        assert API.get(PATH, [("websiteId", website)], prefer=prefer, accept_language=prefer).status == 200
