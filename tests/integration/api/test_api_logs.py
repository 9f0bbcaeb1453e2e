"""The logs of the API's functions, and the time limit of their database statements."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.db import customer_list, websites
from magento_sync.observability import logger
from magento_sync.runs import claims
from tests.support.api_calls import PATH, POSTED, Api
from tests.support.functions import Context, listen

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from tests.support.functions import LambdaClient, Output
    from tests.support.system import System

REQUEST_ID = POSTED["requestContext"]["requestId"]
PRIVATE = "jan@example.com"
ROUTES = [("manual_sync", PATH), ("customers", "/api/customers")]


@pytest.fixture
def output(
    functions: LambdaClient,  # noqa: ARG001 - the functions' environment
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Output:
    return listen(capsys, monkeypatch)


def errors(output: Output) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, output.logs.getvalue().splitlines()) if line["level"] == "ERROR"]


@pytest.mark.parametrize(("function", "path"), ROUTES)
def test_the_request_id_of_an_error_identifies_the_request_in_the_logs(
    output: Output, system: System, function: str, path: str
) -> None:
    system.app.rows.execute('ALTER TABLE "Website" RENAME TO "away"')

    response = Api(function).get(path, [("websiteId", "any")])

    assert (response.status, response.body["error"]["requestId"]) == (500, REQUEST_ID)
    [line] = errors(output)
    assert line["correlation_id"] == REQUEST_ID


@pytest.mark.parametrize(("function", "path"), ROUTES)
def test_log_keys_of_one_request_do_not_reach_the_next(
    output: Output, system: System, function: str, path: str
) -> None:
    system.app.rows.execute('ALTER TABLE "Website" RENAME TO "away"')
    logger.append_keys(website_id="of the previous request")

    Api(function).get(path, [("websiteId", "any")])

    [line] = errors(output)
    assert "website_id" not in line


def test_a_bug_is_logged_with_its_type_and_place_but_without_its_text(
    output: Output, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = system.add_website()

    def bug(*_arguments: object, **_more: object) -> None:
        raise ValueError(PRIVATE)

    monkeypatch.setattr(claims, "claim_website", bug)
    monkeypatch.setattr(customer_list, "page", bug)

    responses = [Api().sync(website), Api("customers").get("/api/customers")]

    assert [response.status for response in responses] == [500, 500]
    assert [line["error"] for line in errors(output)] == ["ValueError"] * 2
    assert all("in bug" in line["trace"][-1] for line in errors(output))
    assert PRIVATE not in output.text


@pytest.mark.usefixtures("functions")
@pytest.mark.parametrize(("function", "path"), ROUTES)
def test_a_statement_may_take_only_the_time_that_the_request_has_left(
    system: System, monkeypatch: pytest.MonkeyPatch, function: str, path: str
) -> None:
    bounds: list[float] = []

    def find(transaction: Transaction, _website_id: str) -> None:
        row = transaction.one("SELECT extract(epoch FROM current_setting('statement_timeout')::interval) AS bound")
        bounds.append(float(row["bound"]) if row else 0.0)

    monkeypatch.setattr(websites, "find", find)

    for milliseconds in (29_000, 12_000):
        Api(function, context=Context(milliseconds=milliseconds)).get(path, [("websiteId", system.add_website())])

    assert 19 < bounds[0] <= 24
    assert 2 < bounds[1] <= 7
