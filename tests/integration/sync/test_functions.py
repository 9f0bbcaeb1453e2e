"""The handlers `site_sync` and `cron_fanout`, called as Lambda calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.shop.failures import Maintenance
from magento_sync.errors import ConfigurationError, InvocationRefused, MigrationMissing
from tests.support.functions import ROOT, Context, call, listen
from tests.support.system import personal_data

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

BAD_EVENTS: list[Any] = [
    {},
    [],
    None,
    {"websiteId": ""},
    {"websiteId": 7},
    {"websiteId": "w", "runId": 7},
    {"websiteId": "w", "dryRun": "true"},
    {"websiteId": "w", "dryRun": 1},
    {"websiteId": "w", "dryRun": None},
]


def _event(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((ROOT / "events" / name).read_text())


def test_bad_events_are_raised(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    system.app.rows.execute("""INSERT INTO "Website" ("id", "domain", "magentoAutoUploadEnabled", "updatedAt")
        VALUES ('w', 'shop.example', true, now())""")
    for event in BAD_EVENTS:
        with pytest.raises(ConfigurationError, match="websiteId"):
            call("site_sync", event)
    assert system.app.runs("w") == []


def test_a_direct_event_syncs_as_by_hand(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()

    told = call("site_sync", {"websiteId": website})

    assert set(told) == {
        *("websiteId", "runId", "status", "method", "ordersFetched", "importedCustomers", "duplicates"),
        *("repeatPurchases", "withoutEmail", "failedOrders", "fromEntityId", "watermark", "errorCode"),
    }
    assert (told["status"], told["websiteId"], told["method"]) == ("COMPLETED", website, "discovery")
    assert told["importedCustomers"] == len(system.app.customers(website)) > 0
    run = system.app.run(told["runId"])
    assert (run["trigger"], run["status"]) == ("manual", "COMPLETED")


def test_a_direct_event_keeps_the_rules_of_the_button(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    off, running = system.add_website(magentoAutoUploadEnabled=False), system.add_website()
    run = system.claim(running)
    for website, code, in_the_way in (
        ("nobody", "WEBSITE_NOT_FOUND", None),
        (off, "AUTO_UPLOAD_OFF", None),
        (running, "ALREADY_RUNNING", run),
    ):
        told = call("site_sync", {"websiteId": website})
        assert (told["status"], told["errorCode"], told["runId"]) == ("SKIPPED", code, in_the_way)


def test_a_retry_of_a_direct_event_takes_its_own_run_up_again(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    system.app.rows.execute('ALTER TABLE "MagentoSyncOrder" RENAME TO "away"')
    with pytest.raises(MigrationMissing):
        call("site_sync", {"websiteId": website})
    run = system.app.runs(website)[0]
    assert system.app.website(website)["magentoAutoUploadStatus"] == "RUNNING"
    system.app.rows.execute('ALTER TABLE "away" RENAME TO "MagentoSyncOrder"')

    told = call("site_sync", {"websiteId": website})

    assert (told["status"], told["runId"]) == ("COMPLETED", run["id"])
    assert len(system.app.runs(website)) == 1


def test_the_same_direct_event_once_more_after_its_end_is_skipped(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    first = call("site_sync", {"websiteId": website})

    again = call("site_sync", {"websiteId": website})
    other = call("site_sync", {"websiteId": website}, Context(aws_request_id="another"))

    assert (again["status"], again["errorCode"], again["runId"]) == ("SKIPPED", "RUN_OVER", first["runId"])
    assert other["status"] == "COMPLETED"
    assert system.app.website(website)["magentoAutoUploadStatus"] == "STOPPED"


def test_a_dispatchers_event_adopts_its_run(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    run = system.claim(website, trigger="schedule")
    event = {"websiteId": website, "runId": run, "trigger": "schedule"}
    assert set(event) == set(_event("site-sync-dispatched.json"))

    told = call("site_sync", event)

    assert (told["status"], told["runId"]) == ("COMPLETED", run)
    again = call("site_sync", event)
    assert (again["status"], again["errorCode"]) == ("SKIPPED", "RUN_OVER")


def test_a_dry_run_writes_nothing(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website(magentoAutoUploadEnabled=False)
    before = system.app.website(website)

    told = call("site_sync", {"websiteId": website, "dryRun": True})

    assert (told["status"], told["runId"]) == ("COMPLETED", None)
    assert len(told["orders"]["imported"]) == told["importedCustomers"] > 0
    assert system.app.website(website) == before
    assert system.app.customers(website) == []
    assert system.app.everything() == "[]"


def test_what_the_shop_causes_is_returned(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    system.shop.failures.switch_on(Maintenance(retry_after="3600"))

    told = call("site_sync", {"websiteId": website})

    assert (told["status"], told["errorCode"]) == ("FAILED", "MAINTENANCE")


def test_little_time_goes_on_in_another_invocation(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    website = system.add_website()

    told = call("site_sync", {"websiteId": website}, Context(milliseconds=30_000))

    assert told["status"] == "CONTINUED"
    assert functions.events == [{"websiteId": website, "runId": told["runId"], "trigger": "continuation"}]


def test_a_fan_out_starts_what_is_due(functions: LambdaClient, system: System) -> None:
    website = system.add_website()
    system.add_website(magentoAutoUploadEnabled=False)

    told = call("cron_fanout", _event("cron-schedule.json"))

    assert told == {"started": 1, "sent_again": 0, "refused": 0, "waiting": 0}
    assert [event["websiteId"] for event in functions.events] == [website]
    assert functions.events[0]["trigger"] == "schedule"
    assert functions.answers[0]["status"] == "COMPLETED"
    assert call("cron_fanout", {})["started"] == 0


def test_a_fan_out_that_was_refused_is_raised(functions: LambdaClient, system: System) -> None:
    functions.refuses = True
    website = system.add_website()

    with pytest.raises(InvocationRefused):
        call("cron_fanout", {})

    assert system.app.runs(website) == []


def test_logs_and_metrics_hold_no_secrets_and_no_personal_data(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = listen(capsys, monkeypatch)
    secrets = {"a-bearer-token-of-the-row", "a-password-of-the-row", *system.integration.oauth.values()}
    good, bearer = system.add_website(), system.add_website()
    system.put_credentials(bearer, {"bearerToken": "a-bearer-token-of-the-row"})
    columns = system.app.add_website(
        "mokken.example",
        magentoApiUrl=system.shop.address,
        magentoApiKey="admin",
        magentoApiSecret="a-password-of-the-row",
    )
    system.shop.orders.add(created_at="last Tuesday", customer_email="secret@example.com")
    system.app.rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(16)')

    told = [call("site_sync", {"websiteId": one}, Context(aws_request_id=one)) for one in (good, bearer, columns)]
    call("cron_fanout", {})
    system.app.rows.execute('ALTER TABLE "MagentoSyncRun" ADD CHECK ("ordersFetched" = 0) NOT VALID')
    with pytest.raises(Exception, match="SQLSTATE 23514") as raised:
        call("site_sync", {"websiteId": system.add_website()}, Context(aws_request_id="the last"))

    assert [one["status"] for one in told] == ["COMPLETED", "FAILED", "FAILED"]
    text = output.text
    assert "BEARER_REFUSED" in text
    assert '"CompletedSyncs"' in text
    assert '"FanOuts"' in text
    for everything in (text.lower(), json.dumps(told).lower(), str(raised.value).lower()):
        assert "@" not in everything
        assert not [one for one in personal_data(system.shop) if f'"{one}"' in everything or f" {one} " in everything]
        assert not [secret for secret in secrets if secret.lower() in everything]
