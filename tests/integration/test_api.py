"""`POST /api/magento/auto-sync` and a run's page, with events as API Gateway sends them."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from local.shop.failures import Maintenance
from magento_sync import claims
from tests.integration.functions import ROOT, call

if TYPE_CHECKING:
    from tests.integration.functions import LambdaClient
    from tests.integration.system import System

POSTED = json.loads((ROOT / "events" / "manual-sync-post.json").read_text())
PATH = POSTED["rawPath"]


@dataclass(frozen=True)
class Answer:
    """What the caller gets."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]


def _ask(event: dict[str, Any]) -> Answer:
    told = call("manual_sync", event)
    headers = {name.lower(): str(value) for name, value in told["headers"].items()}
    assert headers["content-type"] == "application/json"
    return Answer(told["statusCode"], json.loads(told["body"]), headers)


def _event(method: str, path: str, **headers: str) -> dict[str, Any]:
    context = {**POSTED["requestContext"], "routeKey": f"{method} {path}"}
    context["http"] = {**context["http"], "method": method, "path": path}
    return {
        **POSTED,
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": {**POSTED["headers"], **headers},
        "requestContext": context,
        "body": None,
    }


def _post(website: str, **headers: str) -> Answer:
    return _ask({**_event("POST", PATH, **headers), "body": json.dumps({"websiteId": website})})


def _get(path: str, **headers: str) -> Answer:
    return _ask(_event("GET", path, **headers))


@pytest.mark.parametrize(
    ("orders", "language", "message"),
    [
        (0, "nl", "0 nieuwe klanten geïmporteerd"),
        (1, "nl", "1 nieuwe klant geïmporteerd"),
        (10, "nl", "10 nieuwe klanten geïmporteerd"),
        (1, "en-GB,nl;q=0.8", "1 new customer imported"),
        (10, "en", "10 new customers imported"),
    ],
)
def test_a_finished_sync_says_how_many(
    functions: LambdaClient, system: System, orders: int, language: str, message: str
) -> None:
    system.shop.orders.reset()
    for _ in range(orders):
        system.shop.orders.add()
    website = system.add_website()

    answer = _post(website, **{"accept-language": language})

    assert answer.status == 200
    assert answer.headers["content-language"] == language[:2]
    assert (answer.body["success"], answer.body["message"]) == (True, message)
    assert answer.body["importedCustomers"] == answer.body["ordersFetched"] == orders
    assert answer.body["watermark"] == orders
    assert answer.body["errorCode"] is None
    [event] = functions.events
    assert (event["websiteId"], event["trigger"]) == (website, "manual")
    run = answer.body["run"]
    assert (run["id"], run["status"], run["websiteId"]) == (event["runId"], "COMPLETED", website)
    assert run["finishedAt"].endswith("Z")


def test_what_the_shop_failed_is_a_result_with_its_code(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    system.shop.faults.switch_on(Maintenance(retry_after="3600"))
    website = system.add_website()

    answer = _post(website)

    assert answer.status == 200
    assert (answer.body["success"], answer.body["errorCode"]) == (False, "MAINTENANCE")
    assert answer.body["message"] == "De shop is in onderhoud. Wij proberen het later opnieuw."
    assert answer.body["run"]["errorMessage"] == answer.body["message"]


def test_a_sync_that_takes_longer_is_told_by_its_place(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    website = system.add_website()

    answer = _post(website, prefer="wait=0")

    run = functions.events[0]["runId"]
    assert answer.status == 202
    assert answer.headers["location"] == f"{PATH}/runs/{run}"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.body["run"]["status"] == "QUEUED"
    shown = _get(answer.headers["location"])
    assert (shown.status, shown.body["id"], shown.body["status"]) == (200, run, "QUEUED")

    call("site_sync", functions.events[0])
    shown = _get(answer.headers["location"])
    assert shown.body["status"] == "COMPLETED"
    assert shown.body["importedCustomers"] == len(system.app.customers(website)) > 0


def test_refusals(functions: LambdaClient, system: System) -> None:
    off, running, by_the_earlier_app, lost = (
        system.add_website(magentoAutoUploadEnabled=False),
        system.add_website(),
        system.add_website(magentoAutoUploadStatus="RUNNING"),
        system.add_website(magentoAutoUploadStatus="RUNNING", magentoSyncRunId="a deleted run"),
    )
    run = system.claim(running)
    for website, status, code, going in (
        ("nobody", 404, "WEBSITE_NOT_FOUND", None),
        (off, 409, "AUTO_UPLOAD_OFF", None),
        (running, 409, "ALREADY_RUNNING", run),
        (by_the_earlier_app, 409, "ALREADY_RUNNING", None),
        (lost, 409, "ALREADY_RUNNING", None),
    ):
        answer = _post(website)
        assert (answer.status, answer.body["error"]["code"]) == (status, code)
        assert answer.body["error"]["message"]
        assert answer.body["error"]["requestId"] == POSTED["requestContext"]["requestId"]
        assert answer.body.get("run", {}).get("id") == going
    assert functions.events == []


JUNK: list[str | None] = [
    None,
    "",
    "null",
    "[]",
    "websiteId=1",
    "{",
    "{}",
    '{"websiteId": 7}',
    '{"websiteId": ""}',
    '{"websiteId": null}',
    '{"websiteId": ["w"]}',
    '{"websiteId": "w\\u0000"}',
    '{"websiteId": "\\ud800"}',
    json.dumps({"websiteId": "w" * 201}),
    "[" * 100_000,
]


def test_junk_bodies_are_refused(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    events = [{**_event("POST", PATH), "body": body} for body in JUNK]
    encoded = (base64.b64encode(b"\xff\xfe").decode(), "?", base64.b64encode(b"{}").decode())
    events += [{**_event("POST", PATH), "body": raw, "isBase64Encoded": True} for raw in encoded]
    for event in events:
        answer = _ask(event)
        assert (answer.status, answer.body["error"]["code"]) == (400, "BAD_REQUEST"), str(event["body"])[:40]


def test_a_body_in_base64_is_read(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    body = base64.b64encode(json.dumps({"websiteId": system.add_website()}).encode()).decode()

    assert _ask({**_event("POST", PATH), "body": body, "isBase64Encoded": True}).status == 200


def test_a_sync_that_could_not_be_started_is_given_back(functions: LambdaClient, system: System) -> None:
    functions.refuses = True
    website = system.add_website()
    before = system.app.website(website)

    answer = _post(website)

    assert (answer.status, answer.body["error"]["code"]) == (502, "NOT_STARTED")
    assert system.app.website(website) | {"updatedAt": None} == before | {"updatedAt": None}
    assert system.app.runs(website) == []
    functions.refuses = False
    assert _post(website).status == 200


def test_other_addresses_are_not_found(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    for answer, code in (
        (_get("/api/magento/nothing"), "NOT_FOUND"),
        (_ask(_event("PUT", PATH)), "NOT_FOUND"),
        (_get(f"{PATH}/runs/nobody"), "RUN_NOT_FOUND"),
        (_get(f"{PATH}/runs/a\x00b"), "RUN_NOT_FOUND"),
    ):
        assert answer.status == 404
        assert answer.body["error"]["code"] in {code, "NOT_FOUND"}


def test_a_bug_and_a_lost_database_answer_in_the_same_shape(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    website = system.add_website()

    def bug(*_arguments: object, **_more: object) -> None:
        raise ValueError("jan@example.com")

    with monkeypatch.context() as broken:
        broken.setattr(claims, "claim_website", bug)
        answers = [_post(website, **{"accept-language": "en"})]
    system.app.rows.execute('ALTER TABLE "MagentoSyncRun" RENAME TO "away"')
    answers.append(_post(website, **{"accept-language": "en"}))

    for answer in answers:
        assert (answer.status, answer.body["error"]["code"]) == (500, "INTERNAL_ERROR")
        assert answer.body["error"]["message"] == "Something went wrong on our side. Try again later."
        assert "@" not in json.dumps(answer.body)
