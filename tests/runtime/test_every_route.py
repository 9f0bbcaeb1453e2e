"""Every route of the API's document: values are values, and nobody sees another's websites."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import requests

from magento_sync.api.models.examples import RUN_ID, WEBSITE_ID
from tests.support.contract import FOREIGN, ORIGIN, Api, Json, Operation, operations

OPERATIONS = operations()

TEXTS = {
    "quote": "' OR '1'='1",
    "comment": 'x\'; DROP TABLE "Customer"; --',
    "union": '") UNION SELECT "magentoBearerToken" FROM "Website" --',
    "pattern": "%_\\%_",
    "placeholder": "%s %(id)s {id} $1 ${jndi:x}",
    "unicode": "Zoë 漢字 😀 \u202e",
    "combining": "e\u0301" * 20,
    "huge": "9" * 400,
    "negative": "-1",
    "exponent": "1e308",
    "overflow": "2147483648",
    "long": "x" * 5000,
    "empty": "",
    "json": '{"$ne": null}',
    "line": "a\r\nX-Evil: 1",
    "nul": "a\x00b",
}
# As they stand in a URL.
STRANGE = {name: quote(text, safe="") for name, text in TEXTS.items()} | {
    "surrogate": "%ED%A0%80",
    "not utf-8": "%FF%FE",
}


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_no_query_value_is_more_than_a_value(api: Api, operation: Operation, strange: str) -> None:
    customers, value = len(api.app.customers(WEBSITE_ID)), STRANGE[strange]
    for name in operation.parameters("query"):
        others = "" if name == "websiteId" else f"&websiteId={WEBSITE_ID}"
        once = api.call(operation, query=f"{name}={value}{others}")
        twice = api.call(operation, query=f"{name}={value}&{name}={value}{others}")

        assert once.status_code in {200, 400, 404}, once.text
        assert FOREIGN not in once.text
        assert twice.status_code == 400
        assert {"field": name, "code": "REPEATED"}.items() <= twice.json()["error"]["fields"][0].items()
    assert len(api.app.customers(WEBSITE_ID)) == customers


def test_no_path_value_is_more_than_a_value(api: Api) -> None:
    for operation in (one for one in OPERATIONS if one.parameters("path")):
        for value in filter(None, STRANGE.values()):
            answer = api.call(operation, run=value)
            assert answer.status_code in {400, 404}, (str(operation), value, answer.text)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_value_that_nobody_knows_is_told(api: Api, operation: Operation) -> None:
    answer = api.call(operation, query="surprise=1")

    assert answer.status_code == 400
    assert {"field": "surprise", "code": "UNKNOWN"}.items() <= answer.json()["error"]["fields"][0].items()


@pytest.mark.parametrize("token", ["limited", "limited-by-a-list", "limited-to-nothing"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_nobody_sees_another_s_website_by_any_route(api: Api, operation: Operation, token: str) -> None:
    """What is another's looks as if it were not there, in every word but the request's id."""
    before = _everything_of(api, FOREIGN)

    theirs = api.call(operation, token=token, website=FOREIGN, run=f"{FOREIGN}-run")
    nobodys = api.call(operation, token=token, website="nobody", run="nobody-run")

    assert _said(theirs) == _said(nobodys)
    assert theirs.status_code in {403, 404}
    for query in ({}, {"q": FOREIGN}, {"q": "example"}, {"limit": "100"}):
        known = {name: value for name, value in query.items() if name in operation.parameters("query")}
        assert FOREIGN not in api.call(operation, token=token, query=known, run=f"{FOREIGN}-run").text
    assert _everything_of(api, FOREIGN) == before


def _said(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, re.sub(r'"requestId": "[^"]*"', "", answer.text)


def _everything_of(api: Api, website: str) -> list[Json]:
    return [api.app.website(website), api.app.customers(website), api.app.runs(website), api.app.ledger(website)]


@pytest.mark.parametrize("token", ["limited", "limited-by-a-list"])
def test_a_caller_who_may_see_a_website_does_see_it(api: Api, token: str) -> None:
    """So that the tests above do not pass because nothing is shown at all."""
    shown = {str(one): api.call(one, token=token).status_code for one in OPERATIONS if one.method == "GET"}
    assert shown == {
        "GET /api/cron/auto-sync": 403,
        "GET /api/customers": 200,
        "GET /api/magento/auto-sync": 200,
        "GET /api/magento/auto-sync/runs": 200,
        "GET /api/magento/auto-sync/runs/{runId}": 200,
    }
    assert FOREIGN in api.call(_operation("listCustomers"), website=FOREIGN).text
    assert RUN_ID in api.call(_operation("listRuns"), token=token).text


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_route_wants_a_token_with_its_scope(api: Api, operation: Operation) -> None:
    before = _everything_of(api, FOREIGN)
    reader = api.call(operation, token="reader", website=FOREIGN, run=f"{FOREIGN}-run")

    assert api.call(operation, token="forged", website=FOREIGN, run=f"{FOREIGN}-run").status_code == 401
    assert (reader.status_code == 403) == (operation.scope == "magento-sync/write")
    if reader.status_code == 403:
        assert reader.json() == {"message": "Forbidden"}
    assert _everything_of(api, FOREIGN) == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_app_s_pages_may_call_every_route_and_no_other_page_may(api: Api, operation: Operation) -> None:
    def preflight(origin: str) -> requests.Response:
        headers = {"Origin": origin, "Access-Control-Request-Method": operation.method}
        return requests.options(api.url + operation.path.replace("{runId}", RUN_ID), headers=headers, timeout=30)

    let_in = preflight(ORIGIN)
    assert let_in.status_code == 204
    assert let_in.headers["access-control-allow-origin"] == ORIGIN
    assert operation.method in let_in.headers["access-control-allow-methods"].split(",")
    assert {"authorization", "content-type", "accept-language", "prefer"} <= set(
        let_in.headers["access-control-allow-headers"].split(",")
    )
    assert "access-control-allow-origin" not in preflight("https://evil.example").headers


def test_a_page_can_read_the_headers_that_the_document_names(api: Api) -> None:
    safelisted = {"Content-Language"}
    named = {
        name
        for operation in OPERATIONS
        for response in operation.told["responses"].values()
        for name in response.get("headers", {})
    }
    answer = requests.get(f"{api.url}/api/customers", headers={"Origin": ORIGIN}, timeout=30)

    assert answer.status_code == 401
    assert {"apigw-requestid", "www-authenticate"} <= {name.lower() for name in answer.headers}
    exposed = set(answer.headers["access-control-expose-headers"].split(","))
    assert {name.lower() for name in named - safelisted} == exposed


def _operation(name: str) -> Operation:
    return next(one for one in OPERATIONS if one.told["operationId"] == name)
