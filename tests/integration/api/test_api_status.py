"""`GET /api/magento/auto-sync`: a website's sync status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from magento_sync.db import schedule
from tests.integration.runs.test_changes_during_a_run import during_the_second_page
from tests.support.api_calls import PATH, Api

if TYPE_CHECKING:
    from tests.support.system import System

API = Api()

pytestmark = pytest.mark.usefixtures("functions")


def status(website: str, **headers: str) -> dict[str, Any]:
    response = API.get(PATH, [("websiteId", website)], **headers)
    assert response.status == 200
    return response.body


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def test_a_website_that_has_never_run_is_due_at_once(system: System) -> None:
    body = status(system.add_website())

    now = system.app.rows.execute("SELECT now() AT TIME ZONE 'UTC' AS now").fetchone()
    assert now is not None
    assert abs(moment(body.pop("nextDueAt")) - now["now"]) < timedelta(minutes=1)
    del body["websiteId"]
    assert body == {
        "autoUpload": True,
        "interval": 360,
        "status": "STOPPED",
        "syncStatus": None,
        "lastSync": None,
        "watermark": 0,
        "lastRun": None,
        "quarantinedOrders": [],
        "quarantinedCount": 0,
    }


def test_a_completed_sync_shows_its_times_and_counts(system: System) -> None:
    website = system.add_website(magentoAutoUploadInterval=30)
    run = system.sync(website)

    body = status(website)

    assert (body["status"], body["syncStatus"], body["watermark"]) == ("STOPPED", "completed", run["watermark"])
    assert body["lastRun"]["id"] == run["runId"]
    assert body["lastRun"]["importedCustomers"] == run["importedCustomers"]
    assert body["lastRun"]["startedAt"] < body["lastSync"] <= body["lastRun"]["finishedAt"]
    started = system.app.website(website)["magentoAutoUploadLastRun"]
    assert moment(body["nextDueAt"]) == started + timedelta(minutes=30)


def test_a_failed_sync_shows_the_reason_and_the_next_attempt(system: System) -> None:
    system.shop.failures.switch_on(failures.maintenance())
    website = system.add_website()
    system.sync(website)

    body = status(website, accept_language="en")

    assert (body["status"], body["syncStatus"]) == ("ERROR", "failed: MAINTENANCE")
    assert body["lastRun"]["errorCode"] == "MAINTENANCE"
    assert body["lastRun"]["message"] == "The shop is under maintenance. We try again later."
    finished = moment(body["lastRun"]["finishedAt"])
    assert abs(moment(body["nextDueAt"]) - finished - timedelta(minutes=15)) < timedelta(seconds=5)


def test_a_website_that_is_off_is_not_due(system: System) -> None:
    body = status(system.add_website(magentoAutoUploadEnabled=False))

    assert (body["autoUpload"], body["nextDueAt"]) == (False, None)


def test_null_in_the_app_s_columns_means_off_and_stopped(system: System) -> None:
    website = system.add_website()
    system.app.rows.execute(
        """ALTER TABLE "Website" ALTER "magentoAutoUploadEnabled" DROP NOT NULL,
        ALTER "magentoAutoUploadStatus" DROP NOT NULL, ALTER "domain" DROP NOT NULL"""
    )
    system.app.change_website(website, magentoAutoUploadEnabled=None, magentoAutoUploadStatus=None, domain=None)

    body = status(website)

    assert (body["autoUpload"], body["status"], body["nextDueAt"]) == (False, "STOPPED", None)
    assert API.sync(website).code == "AUTO_UPLOAD_OFF"
    system.app.change_website(website, magentoAutoUploadEnabled=True)
    assert API.sync(website).body["errorCode"] == "DOMAIN_UNUSABLE"


def test_a_running_sync_shows_live_counts(system: System) -> None:
    website = system.add_website()
    seen: list[dict[str, Any]] = []
    during_the_second_page(system, lambda: seen.append(status(website)))
    system.sync(website)

    [live] = seen
    assert (live["status"], live["syncStatus"]) == ("RUNNING", "running")
    assert live["lastRun"]["expectedOrders"] == 40
    assert 10 <= live["lastRun"]["ordersFetched"] == live["watermark"] < 40


def test_the_first_hundred_quarantined_orders_and_their_total_are_shown(system: System) -> None:
    website, other = system.add_website(), system.add_website("lampen.example")
    system.app.rows.execute(
        """INSERT INTO "MagentoSyncOrder"
            ("websiteId", "orderId", "outcome", "reasonCode", "attempts", "failedSince", "nextAttemptAt", "recordedAt")
        SELECT website, id, 'failed', 'UNREADABLE', 3, '2026-01-01 10:00', '2026-01-02 10:00:00.5', '2026-01-01 10:00'
        FROM unnest(%s::text[]) AS website, generate_series(1, 150) AS id""",
        [[website, other]],
    )
    system.app.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "recordedAt")
        VALUES (%s, 151, 'imported', '2026-01-01 10:00')""",
        [website],
    )

    body = status(website)

    assert body["quarantinedCount"] == 150
    orders = body["quarantinedOrders"]
    assert [order["orderId"] for order in orders] == list(range(1, 101))
    assert orders[0] == {
        "orderId": 1,
        "reasonCode": "UNREADABLE",
        "attempts": 3,
        "since": "2026-01-01T10:00:00.000Z",
        "nextAttemptAt": "2026-01-02T10:00:00.500Z",
    }


def test_every_idle_website_with_auto_upload_on_is_either_due_or_not_due(system: System) -> None:
    system.add_website(magentoAutoUploadEnabled=False)
    system.claim(system.add_website("lampen.example"))
    system.sync(system.add_website("lampen.example/fr"))
    for minutes in (10, 14, 16, 20):
        website = system.add_website(f"site{minutes}.example", magentoAutoUploadInterval=15)
        system.app.rows.execute(
            """UPDATE "Website" SET "magentoAutoUploadLastRun" = now() AT TIME ZONE 'UTC' - make_interval(mins => %s)
            WHERE "id" = %s""",
            [minutes, website],
        )
    system.app.rows.execute(
        """UPDATE "Website" SET "magentoAutoUploadLastRun" = "magentoAutoUploadLastRun" + interval '10 seconds'
        WHERE "domain" = 'site10.example'"""
    )
    due = [system.app.website(website.website_id)["domain"] for website in system.database.run(schedule.due)]
    not_due = system.database.run(schedule.count_not_due)

    assert set(due) == {"site14.example", "site16.example", "site20.example"}
    assert not_due == 2  # site10, and the one that has just been read
