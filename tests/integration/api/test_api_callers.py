"""A caller who is limited to some websites can neither see nor change any other, by any operation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.db.cuid import new_cuid
from tests.support.api_calls import PATH, Api, Response
from tests.support.operations import Operation, operations

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

RUNS = f"{PATH}/runs"
OPERATIONS = operations()
ABOUT_ONE = [operation for operation in OPERATIONS if operation.description["operationId"] != "listWebsites"]
"""test_api_websites.py shows which websites the list of all has for a limited caller."""


def call(operation: Operation, claims: dict[str, str] | None, website: str, run: str) -> Response:
    body = operation.body(website)
    return Api(operation.function, claims).ask(
        operation.method,
        operation.path.replace("{runId}", run),
        list(operation.query(website).items()),
        None if body is None else json.dumps(body),
        prefer="respond-async",
    )


def everything(system: System, website: str) -> list[Any]:
    app = system.app
    return [app.website(website), app.runs(website), app.customers(website), app.ledger(website)]


@pytest.mark.parametrize("operation", ABOUT_ONE, ids=str)
@pytest.mark.parametrize("running", [True, False], ids=["running", "finished"])
@pytest.mark.parametrize("claim", ["{mine}", "[{mine} more]", ""], ids=["one website", "a list", "no website"])
def test_another_s_website_looks_like_one_that_does_not_exist(
    functions: LambdaClient, system: System, operation: Operation, claim: str, *, running: bool
) -> None:
    mine, other = system.add_website(), system.add_website("lampen.example")
    run = system.claim(other) if running else str(system.sync(other)["runId"])
    before = everything(system, other)
    claims = {"websites": claim.format(mine=mine)}

    forbidden = call(operation, claims, other, run)
    unknown = call(operation, claims, "nobody", "nobody")

    assert forbidden == unknown
    assert forbidden.status in {403, 404}
    assert other not in json.dumps(forbidden.body)
    assert everything(system, other) == before
    assert functions.events == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_limited_caller_can_use_their_own_website_by_every_operation_but_the_fan_out(
    functions: LambdaClient, system: System, operation: Operation
) -> None:
    functions.runs = False
    mine = system.add_website()
    run = system.claim(mine) if "{runId}" in operation.path else new_cuid()

    status = call(operation, {"websites": mine}, mine, run).status

    assert status == 403 if operation.description["operationId"] == "fanOut" else status in {200, 201, 202}


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_unknown_query_parameter_is_rejected_by_every_operation(
    functions: LambdaClient, system: System, operation: Operation
) -> None:
    website = system.add_website()
    run = system.claim(website) if "{runId}" in operation.path else new_cuid()
    before = everything(system, website)
    body = operation.body(website)

    response = Api(operation.function).ask(
        operation.method,
        operation.path.replace("{runId}", run),
        [*operation.query(website).items(), ("dryRun", "true")],
        None if body is None else json.dumps(body),
    )

    assert (response.status, response.field_errors) == (400, {"dryRun": "UNKNOWN"})
    assert everything(system, website) == before
    assert functions.events == []


def test_a_cursor_gives_no_access_to_another_s_website(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    mine, other = system.add_website(), system.add_website("lampen.example")
    for _ in range(2):
        system.sync(other)
    cursor = Api().get(RUNS, [("websiteId", other), ("limit", "1")]).body["nextCursor"]
    limited = Api(claims={"websites": mine})

    assert limited.get(RUNS, [("websiteId", other), ("cursor", cursor)]).status == 404
    assert limited.get(RUNS, [("websiteId", mine), ("cursor", cursor)]).status == 400
