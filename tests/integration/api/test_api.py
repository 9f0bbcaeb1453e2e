"""`POST /api/magento/auto-sync`: the sync button."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from local.shop import failures
from magento_sync.api.auto_sync import AutoSync
from magento_sync.api.http.caller import Caller
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.prefer import parse_prefer
from magento_sync.api.models.errors import FieldErrorView
from magento_sync.deadline import Deadline
from magento_sync.errors import InvocationRefused
from magento_sync.runs import claims
from tests.support.api_calls import PATH, POSTED, Api
from tests.support.functions import Context, call

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

API = Api()


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
def test_a_finished_sync_returns_the_number_of_new_customers(
    functions: LambdaClient, system: System, orders: int, language: str, message: str
) -> None:
    system.shop.orders.reset()
    for _ in range(orders):
        system.shop.orders.add()
    website = system.add_website()

    response = API.sync(website, accept_language=language)

    assert response.status == 200
    assert response.headers["content-language"] == language[:2]
    assert (response.body["success"], response.body["message"]) == (True, message)
    assert response.body["importedCustomers"] == response.body["ordersFetched"] == orders
    assert response.body["watermark"] == orders
    assert response.body["errorCode"] is None
    [event] = functions.events
    assert (event["websiteId"], event["trigger"]) == (website, "manual")
    run = response.body["run"]
    assert (run["id"], run["status"], run["websiteId"]) == (event["runId"], "COMPLETED", website)
    assert run["finishedAt"].endswith("Z")


def test_a_failure_of_the_shop_is_a_result_with_its_code(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    system.shop.failures.switch_on(failures.maintenance(retry_after="3600"))
    website = system.add_website()

    response = API.sync(website)

    assert response.status == 200
    assert (response.body["success"], response.body["errorCode"]) == (False, "MAINTENANCE")
    assert response.body["message"] == "De shop is in onderhoud. We proberen het later opnieuw."
    assert response.body["run"]["errorMessage"] == response.body["message"]


def test_a_sync_that_is_still_running_is_accepted_with_its_location(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    website = system.add_website()

    response = API.sync(website, prefer="wait=0")

    run = functions.events[0]["runId"]
    assert response.status == 202
    assert response.headers["location"] == f"{PATH}/runs/{run}"
    assert int(response.headers["retry-after"]) > 0
    assert response.body["run"]["status"] == "QUEUED"
    view = API.get(response.headers["location"])
    assert (view.status, view.body["id"], view.body["status"]) == (200, run, "QUEUED")

    call("site_sync", functions.events[0])
    view = API.get(response.headers["location"])
    assert view.body["status"] == "COMPLETED"
    assert view.body["importedCustomers"] == len(system.app.customers(website)) > 0


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [("wait=0", "wait=0"), ("respond-async", "respond-async"), ("respond-async, wait=0", "respond-async, wait=0")],
)
def test_the_response_names_the_applied_preferences(
    functions: LambdaClient, system: System, prefer: str, applied: str
) -> None:
    functions.runs = False

    response = API.sync(system.add_website(), prefer=prefer)

    assert (response.status, response.headers["preference-applied"]) == (202, applied)


def test_an_unknown_preference_is_not_applied(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    assert "preference-applied" not in API.sync(system.add_website(), prefer="return=minimal").headers


def test_the_wait_ends_as_soon_as_the_sync_has_ended(system: System) -> None:
    website = system.add_website()
    runs: list[str] = []

    def start(*, website_id: str, run_id: str, trigger: str) -> None:
        assert (website_id, trigger) == (website, "manual")
        runs.append(run_id)

    def sleep(_seconds: float) -> None:
        system.syncer.run(website, runs[0])

    syncs = AutoSync(system.database, Caller(), "nl")
    response = syncs.start(start, website, parse_prefer("wait=25"), Deadline.after(29.0), sleep)

    assert (response.status, response.headers) == (200, {"Preference-Applied": "wait=25"})
    assert response.body.run.imported_customers == len(system.app.customers(website)) > 0


def test_the_wait_leaves_time_for_the_response(system: System) -> None:
    website = system.add_website()

    def never(_seconds: float) -> None:
        pytest.fail("it must not wait")

    syncs = AutoSync(system.database, Caller(), "nl")
    response = syncs.start(lambda **_run: None, website, parse_prefer("wait=25"), Deadline.after(3.2), never)

    assert response.status == 202


def test_a_website_that_is_deleted_during_the_wait_is_not_found(system: System) -> None:
    website = system.add_website()

    def delete(_seconds: float) -> None:
        system.app.rows.execute('DELETE FROM "Website" WHERE "id" = %s', [website])

    syncs = AutoSync(system.database, Caller(), "nl")
    with pytest.raises(ApiError, match="WEBSITE_NOT_FOUND") as error:
        syncs.start(lambda **_run: None, website, parse_prefer("wait=25"), Deadline.after(29.0), delete)

    assert error.value.status == 404


def test_a_sync_is_refused_if_the_website_is_unknown_off_or_running(functions: LambdaClient, system: System) -> None:
    off, running, by_the_earlier_app, lost = (
        system.add_website(magentoAutoUploadEnabled=False),
        system.add_website(),
        system.add_website(magentoAutoUploadStatus="RUNNING"),
        system.add_website(magentoAutoUploadStatus="RUNNING", magentoSyncRunId="a deleted run"),
    )
    run = system.claim(running)
    for website, status, code, running_run in (
        ("nobody", 404, "WEBSITE_NOT_FOUND", None),
        (off, 409, "AUTO_UPLOAD_OFF", None),
        (running, 409, "ALREADY_RUNNING", run),
        (by_the_earlier_app, 409, "ALREADY_RUNNING", None),
        (lost, 409, "ALREADY_RUNNING", None),
    ):
        response = API.sync(website)
        assert (response.status, response.code) == (status, code)
        assert response.body["error"]["message"]
        assert response.body["error"]["requestId"] == POSTED["requestContext"]["requestId"]
        assert response.body.get("run", {}).get("id") == running_run
        assert response.headers.get("location") == (f"{PATH}/runs/{run}" if running_run else None)
    assert functions.events == []


def test_a_claim_is_given_back_if_the_sync_cannot_be_started(functions: LambdaClient, system: System) -> None:
    functions.refuses = True
    website = system.add_website()
    before = system.app.website(website)

    response = API.sync(website)

    assert (response.status, response.code) == (502, "NOT_STARTED")
    assert int(response.headers["retry-after"]) > 0
    assert system.app.website(website) | {"updatedAt": None} == before | {"updatedAt": None}
    assert system.app.runs(website) == []
    functions.refuses = False
    assert API.sync(website).status == 200


def test_a_run_that_started_although_aws_s_response_was_lost_is_kept(system: System) -> None:
    website = system.add_website()

    def start(*, website_id: str, run_id: str, trigger: str) -> None:  # noqa: ARG001
        system.syncer.run(website_id, run_id)
        raise InvocationRefused("Lambda could not be reached to start site-sync (ReadTimeoutError).")

    response = AutoSync(system.database, Caller(), "nl").start(start, website, parse_prefer(None), Deadline.after(29.0))

    assert (response.status, response.body.success) == (200, True)


def test_unknown_paths_methods_and_runs_are_not_found(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    for response, code in (
        (API.get("/api/magento/nothing"), "NOT_FOUND"),
        (API.ask("PUT", PATH), "NOT_FOUND"),
        (API.get(f"{PATH}/runs/nobody"), "RUN_NOT_FOUND"),
        (API.delete(f"{PATH}/runs/nobody"), "RUN_NOT_FOUND"),
        (API.get("/api/cron/auto-sync/more"), "NOT_FOUND"),
    ):
        assert response.status == 404
        assert response.code == code


def test_a_bug_and_a_failing_database_are_internal_errors_without_details(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    website = system.add_website()

    def bug(*_arguments: object, **_more: object) -> None:
        raise ValueError("jan@example.com")

    with monkeypatch.context() as broken:
        broken.setattr(claims, "claim_website", bug)
        responses = [API.sync(website, accept_language="en")]
    system.app.rows.execute('ALTER TABLE "MagentoSyncRun" RENAME TO "away"')
    responses.append(API.sync(website, accept_language="en"))

    for response in responses:
        assert (response.status, response.code) == (500, "INTERNAL_ERROR")
        assert response.body["error"]["message"] == "Something went wrong on our side. Try again later."
        assert "@" not in json.dumps(response.body)


def test_an_unreachable_database_is_unavailable_with_a_retry_time(
    functions: LambdaClient,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_arguments: object, **_more: object) -> None:
        raise psycopg.OperationalError

    with monkeypatch.context() as away:
        away.setattr(psycopg, "connect", refused)
        # Too little time for a retry.
        response = Api(context=Context(milliseconds=4000)).sync("a website", accept_language="en")

    assert (response.status, response.code) == (503, "UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0


def test_a_response_of_another_type_than_declared_is_an_internal_error(
    functions: LambdaClient,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(AutoSync, "show", lambda *_arguments: FieldErrorView(field="x", code="MISSING", message="y"))

    response = API.get(f"{PATH}/runs/any")

    assert (response.status, response.code) == (500, "INTERNAL_ERROR")
