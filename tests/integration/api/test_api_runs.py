"""Runs: one with its live counts, the history, and stopping."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.api.http.cursors import encode_cursor
from magento_sync.db.cuid import new_cuid
from tests.integration.runs.test_changes_during_a_run import during_the_second_page
from tests.support.api_calls import PATH, Api

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

API = Api()
RUNS = f"{PATH}/runs"

pytestmark = pytest.mark.usefixtures("functions")


def test_a_running_run_shows_live_counts(system: System) -> None:
    website = system.add_website()
    seen: list[dict[str, Any]] = []
    run = system.claim(website)
    during_the_second_page(system, lambda: seen.append(API.get(f"{RUNS}/{run}").body))
    system.syncer.run(website, run)

    [live] = seen
    assert (live["status"], live["method"], live["expectedOrders"]) == ("RUNNING", "discovery", 40)
    assert 10 <= live["ordersFetched"] == live["importedCustomers"] == live["watermark"] < 40
    assert (live["message"], live["finishedAt"]) == (None, None)
    done = API.get(f"{RUNS}/{run}").body
    assert (done["status"], done["ordersFetched"], done["expectedOrders"]) == ("COMPLETED", 40, 40)
    assert done["message"] == "40 nieuwe klanten geïmporteerd"
    assert done["queuedAt"] <= done["startedAt"] <= done["finishedAt"] <= datetime.now(UTC).isoformat()


def test_a_run_id_may_be_percent_encoded(system: System) -> None:
    website = system.add_website()
    run = system.syncer.claim_and_run(website, "direct-1")["runId"]

    assert API.get(f"{RUNS}/direct%2D1").body["id"] == run


def test_an_error_code_without_a_sentence_shows_the_stored_message(system: System) -> None:
    run = system.claim(system.add_website())
    system.app.rows.execute(
        """UPDATE "MagentoSyncRun"
            SET "status" = 'FAILED', "errorCode" = 'FROM_LATER', "errorMessage" = 'Zo was het.'"""
    )

    shown = API.get(f"{RUNS}/{run}").body

    assert (shown["errorCode"], shown["errorMessage"], shown["message"]) == (
        "FROM_LATER",
        "Zo was het.",
        "Zo was het.",
    )


def many_runs(system: System, website: str, count: int) -> list[str]:
    """Adds runs, and returns their ids, newest first. Several are queued in the same millisecond."""
    ids = sorted((new_cuid() for _ in range(count)), reverse=True)
    for number, run in enumerate(reversed(ids)):
        system.app.rows.execute(
            """INSERT INTO "MagentoSyncRun" ("id", "websiteId", "shop", "trigger", "status", "queuedAt")
            VALUES (%s, %s, '', 'manual', 'COMPLETED', '2026-01-01'::timestamp + %s * interval '1 millisecond')""",
            [run, website, number // 3],
        )
    return ids


def test_no_run_is_repeated_or_skipped_while_others_are_added(system: System) -> None:
    website, other = system.add_website(), system.add_website("lampen.example")
    ids = many_runs(system, website, 10)
    many_runs(system, other, 3)

    read: list[str] = []
    query = [("websiteId", website), ("limit", "4")]
    page = API.get(RUNS, query)
    while True:
        assert page.status == 200
        assert len(page.body["runs"]) <= 4
        read += [run["id"] for run in page.body["runs"]]
        if page.body["nextCursor"] is None:
            break
        system.syncer.claim_and_run(website, new_cuid())
        page = API.get(RUNS, [*query, ("cursor", page.body["nextCursor"])])

    assert read == ids
    newest = API.get(RUNS, [("websiteId", website)]).body["runs"]
    assert len(newest) == 12
    assert newest[0]["queuedAt"] >= newest[1]["queuedAt"] > newest[2]["queuedAt"]


def test_a_full_last_page_has_no_next_cursor(system: System) -> None:
    website = system.add_website()
    many_runs(system, website, 4)

    assert API.get(RUNS, [("websiteId", website), ("limit", "4")]).body["nextCursor"] is None
    assert API.get(RUNS, [("websiteId", system.add_website("lampen.example"))]).body == {"runs": [], "nextCursor": None}


def test_a_cursor_of_another_website_or_with_another_time_than_we_write_is_rejected(system: System) -> None:
    website, other = system.add_website(), system.add_website("lampen.example")
    ids = many_runs(system, other, 2)
    foreign = API.get(RUNS, [("websiteId", other), ("limit", "1")]).body["nextCursor"]
    assert API.get(RUNS, [("websiteId", other), ("cursor", foreign)]).body["runs"][0]["id"] == ids[1]

    for cursor in (
        foreign,
        encode_cursor("runs", website, "now", "x"),
        encode_cursor("runs", website, "2026-01-01T00:00:00Z", "x"),
        encode_cursor("runs", website, "9" * 5000, "x")[:1000],
    ):
        response = API.get(RUNS, [("websiteId", website), ("cursor", cursor)])
        assert (response.status, response.field_errors) == (400, {"cursor": "NOT_ALLOWED"}), cursor


def test_a_queued_run_is_stopped_at_once(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    website = system.add_website()
    run = API.sync(website, prefer="respond-async").body["run"]["id"]

    for _ in range(2):
        response = API.delete(f"{RUNS}/{run}")
        assert (response.status, response.headers["location"]) == (202, f"{RUNS}/{run}")
        assert response.body["run"]["status"] == "STOPPED"
        assert response.body["message"] == "De synchronisatie is gestopt: 0 nieuwe klanten geïmporteerd."
    assert system.app.website(website)["magentoAutoUploadStatus"] == "STOPPED"


def test_a_running_run_is_stopped_after_its_current_page(system: System) -> None:
    website = system.add_website()
    responses = []
    run = system.claim(website)
    during_the_second_page(system, lambda: responses.append(API.delete(f"{RUNS}/{run}", accept_language="en")))
    system.syncer.run(website, run)

    [response] = responses
    assert (response.status, response.body["run"]["status"]) == (202, "RUNNING")
    assert response.body["run"]["stopRequestedAt"] is not None
    assert response.body["message"] == "The sync stops after the current page."
    stopped = API.get(f"{RUNS}/{run}").body
    assert stopped["status"] == "STOPPED"
    assert 10 < stopped["importedCustomers"] == len(system.app.customers(website)) < 40


def test_a_run_that_has_ended_cannot_be_stopped(system: System) -> None:
    run = system.sync(system.add_website())["runId"]

    response = API.delete(f"{RUNS}/{run}")

    assert (response.status, response.code) == (409, "RUN_OVER")
    assert (response.body["run"]["id"], response.body["run"]["status"]) == (run, "COMPLETED")


def test_a_run_that_ends_before_its_stop_takes_effect_is_over(system: System) -> None:
    run = system.claim(system.add_website())
    system.app.rows.execute(
        'UPDATE "MagentoSyncRun" SET "status" = %s, "stopRequestedAt" = now(), "finishedAt" = now()', ["COMPLETED"]
    )

    assert API.delete(f"{RUNS}/{run}").code == "RUN_OVER"
