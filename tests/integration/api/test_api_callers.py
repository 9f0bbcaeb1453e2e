"""A caller who is limited to some websites sees and does nothing else, by any route."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from magento_sync.api.http.caller import caller_of
from magento_sync.db.cuid import new_cuid
from tests.support.api_calls import PATH, Api, InvocationResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.functions import LambdaClient
    from tests.support.system import System

RUNS = f"{PATH}/runs"


@pytest.mark.parametrize(
    ("claims", "websites"),
    [
        ({}, None),
        ({"sub": "somebody"}, None),
        ({"websites": "a"}, {"a"}),
        ({"websites": "a b"}, {"a", "b"}),
        ({"websites": "[a b]"}, {"a", "b"}),
        ({"websites": " [a] "}, {"a"}),
        ({"websites": ""}, set()),
        ({"websites": "[]"}, set()),
        ({"websites": None}, set()),
        ({"websites": 7}, set()),
        ({"websites": ["a"]}, set()),
        ({"websites": "a,b"}, {"a,b"}),
        ({"websites": "*"}, {"*"}),
        ({"websites": "a b\x00 \ud800"}, {"a"}),
    ],
)
def test_whose_websites(claims: dict[str, object], websites: set[str] | None) -> None:
    assert caller_of({"authorizer": {"jwt": {"claims": claims}}}).websites == websites


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {"iam": {"userArn": "arn"}}}])
def test_aws_principals_may_touch_all(context: dict[str, object]) -> None:
    assert caller_of(context).websites is None


ROUTES: dict[str, Callable[[Api, str, str], InvocationResult]] = {
    "start": lambda api, website, _run: api.sync(website, prefer="respond-async"),
    "status": lambda api, website, _run: api.get(PATH, [("websiteId", website)]),
    "history": lambda api, website, _run: api.get(RUNS, [("websiteId", website)]),
    "run": lambda api, _website, run: api.get(f"{RUNS}/{run}"),
    "stop": lambda api, _website, run: api.delete(f"{RUNS}/{run}"),
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("running", [True, False])
def test_forbidden_looks_like_unknown(functions: LambdaClient, system: System, route: str, running: bool) -> None:  # noqa: FBT001
    mine, other = system.add_website(), system.add_website("lampen.example")
    run = system.claim(other) if running else str(system.sync(other)["runId"])
    before = (system.app.website(other), system.app.run(run))
    limited = Api(claims={"websites": f"[{mine} more]"})

    forbidden = ROUTES[route](limited, other, run)
    unknown = ROUTES[route](Api(), "nobody", "nobody")

    assert forbidden == unknown
    assert forbidden.status == 404
    assert other not in json.dumps(forbidden.body)
    assert (system.app.website(other), system.app.run(run)) == before
    assert functions.events == []


@pytest.mark.parametrize("route", ROUTES)
def test_ones_own_can_be_used(functions: LambdaClient, system: System, route: str) -> None:
    functions.runs = False
    mine = system.add_website()
    run = system.claim(mine) if route in {"run", "stop"} else new_cuid()

    assert ROUTES[route](Api(claims={"websites": mine}), mine, run).status in {200, 202}


def test_a_cursor_opens_no_other_website(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    mine, other = system.add_website(), system.add_website("lampen.example")
    for _ in range(2):
        system.sync(other)
    cursor = Api().get(RUNS, [("websiteId", other), ("limit", "1")]).body["nextCursor"]
    limited = Api(claims={"websites": mine})

    assert limited.get(RUNS, [("websiteId", other), ("cursor", cursor)]).status == 404
    assert limited.get(RUNS, [("websiteId", mine), ("cursor", cursor)]).status == 400
