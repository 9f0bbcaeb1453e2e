"""How a website's sync stands, over the API."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.shop.failures import Maintenance
from magento_sync.db import schedule
from tests.integration.runs.test_stopping import during_the_second_page
from tests.support.api_calls import PATH, Api

if TYPE_CHECKING:
    from tests.support.system import System

API = Api()

pytestmark = pytest.mark.usefixtures("functions")


def status(website: str, **headers: str) -> dict[str, Any]:
    answer = API.get(PATH, [("websiteId", website)], **headers)
    assert answer.status == 200
    return answer.body


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)


def test_a_website_that_has_never_run_is_due_at_once(system: System) -> None:
    told = status(system.add_website())

    now = system.app.rows.execute("SELECT now() AT TIME ZONE 'UTC' AS now").fetchone()
    assert now is not None
    assert abs(moment(told.pop("nextDueAt")) - now["now"]) < timedelta(minutes=1)
    del told["websiteId"]
    assert told == {
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


def test_after_a_sync(system: System) -> None:
    website = system.add_website(magentoAutoUploadInterval=30)
    run = system.sync(website)

    told = status(website)

    assert (told["status"], told["syncStatus"], told["watermark"]) == ("STOPPED", "completed", run["watermark"])
    assert told["lastRun"]["id"] == run["runId"]
    assert told["lastRun"]["importedCustomers"] == run["importedCustomers"]
    assert told["lastRun"]["startedAt"] < told["lastSync"] <= told["lastRun"]["finishedAt"]
    started = system.app.website(website)["magentoAutoUploadLastRun"]
    assert moment(told["nextDueAt"]) == started + timedelta(minutes=30)


def test_after_a_failure_the_next_try_and_the_reason_are_told(system: System) -> None:
    system.shop.failures.switch_on(Maintenance())
    website = system.add_website()
    system.sync(website)

    told = status(website, accept_language="en")

    assert (told["status"], told["syncStatus"]) == ("ERROR", "failed: MAINTENANCE")
    assert told["lastRun"]["errorCode"] == "MAINTENANCE"
    assert told["lastRun"]["message"] == "The shop is in maintenance. We try again later."
    finished = moment(told["lastRun"]["finishedAt"])
    assert abs(moment(told["nextDueAt"]) - finished - timedelta(minutes=15)) < timedelta(seconds=5)


def test_a_website_that_is_off_is_not_due(system: System) -> None:
    told = status(system.add_website(magentoAutoUploadEnabled=False))

    assert (told["autoUpload"], told["nextDueAt"]) == (False, None)


def test_null_in_the_app_s_columns_is_off_and_not_running(system: System) -> None:
    website = system.add_website()
    system.app.rows.execute(
        """ALTER TABLE "Website" ALTER "magentoAutoUploadEnabled" DROP NOT NULL,
        ALTER "magentoAutoUploadStatus" DROP NOT NULL, ALTER "domain" DROP NOT NULL"""
    )
    system.app.change_website(website, magentoAutoUploadEnabled=None, magentoAutoUploadStatus=None, domain=None)

    told = status(website)

    assert (told["autoUpload"], told["status"], told["nextDueAt"]) == (False, "STOPPED", None)
    assert API.sync(website).code == "AUTO_UPLOAD_OFF"
    system.app.change_website(website, magentoAutoUploadEnabled=True)
    assert API.sync(website).body["errorCode"] == "DOMAIN_UNUSABLE"


def test_counts_are_live(system: System) -> None:
    website = system.add_website()
    seen: list[dict[str, Any]] = []
    during_the_second_page(system, lambda: seen.append(status(website)))
    system.sync(website)

    [going] = seen
    assert (going["status"], going["syncStatus"]) == ("RUNNING", "running")
    assert going["lastRun"]["expectedOrders"] == 40
    assert 10 <= going["lastRun"]["ordersFetched"] == going["watermark"] < 40


def test_quarantined_orders_are_told_by_id(system: System) -> None:
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

    shown = status(website)

    assert shown["quarantinedCount"] == 150
    told = shown["quarantinedOrders"]
    assert [one["orderId"] for one in told] == list(range(1, 101))
    assert told[0] == {
        "orderId": 1,
        "reasonCode": "UNREADABLE",
        "attempts": 3,
        "since": "2026-01-01T10:00:00.000Z",
        "nextAttemptAt": "2026-01-02T10:00:00.500Z",
    }


def test_what_is_not_due_and_what_is_due_are_all_that_wait(system: System) -> None:
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
    due = system.database.run(schedule.due, set())
    not_due = system.database.run(schedule.not_due)

    assert {website.domain for website in due} == {"site14.example", "site16.example", "site20.example"}
    assert not_due == 2  # site10, and the one that has just been read
