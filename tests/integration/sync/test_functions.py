"""The handlers of `site_sync` and `cron_fanout`, called as Lambda calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
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


def test_an_event_in_a_wrong_form_raises_a_configuration_error(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    system.app.rows.execute("""INSERT INTO "Website" ("id", "domain", "magentoAutoUploadEnabled", "updatedAt")
        VALUES ('w', 'shop.example', true, now())""")
    for event in BAD_EVENTS:
        with pytest.raises(ConfigurationError, match="websiteId"):
            call("site_sync", event)
    assert system.app.runs("w") == []


def test_a_direct_event_syncs_as_a_manual_run(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()

    result = call("site_sync", {"websiteId": website})

    assert set(result) == {
        *("websiteId", "runId", "status", "method", "ordersFetched", "importedCustomers", "duplicates"),
        *("repeatPurchases", "withoutEmail", "failedOrders", "fromEntityId", "watermark", "errorCode"),
    }
    assert (result["status"], result["websiteId"], result["method"]) == ("COMPLETED", website, "discovery")
    assert result["importedCustomers"] == len(system.app.customers(website)) > 0
    run = system.app.run(result["runId"])
    assert (run["trigger"], run["status"]) == ("manual", "COMPLETED")


def test_a_direct_event_is_skipped_where_the_button_is_refused(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    off, running = system.add_website(magentoAutoUploadEnabled=False), system.add_website()
    run = system.claim(running)
    for website, code, blocking_run in (
        ("nobody", "WEBSITE_NOT_FOUND", None),
        (off, "AUTO_UPLOAD_OFF", None),
        (running, "ALREADY_RUNNING", run),
    ):
        result = call("site_sync", {"websiteId": website})
        assert (result["status"], result["errorCode"], result["runId"]) == ("SKIPPED", code, blocking_run)


def test_a_retried_direct_event_acquires_its_own_run_again(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    system.app.rows.execute('ALTER TABLE "MagentoSyncOrder" RENAME TO "away"')
    with pytest.raises(MigrationMissing):
        call("site_sync", {"websiteId": website})
    run = system.app.runs(website)[0]
    assert system.app.website(website)["magentoAutoUploadStatus"] == "RUNNING"
    system.app.rows.execute('ALTER TABLE "away" RENAME TO "MagentoSyncOrder"')

    result = call("site_sync", {"websiteId": website})

    assert (result["status"], result["runId"]) == ("COMPLETED", run["id"])
    assert len(system.app.runs(website)) == 1


def test_a_direct_event_that_is_delivered_again_after_its_run_is_skipped(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
) -> None:
    website = system.add_website()
    first = call("site_sync", {"websiteId": website})

    again = call("site_sync", {"websiteId": website})
    other = call("site_sync", {"websiteId": website}, Context(aws_request_id="another"))

    assert (again["status"], again["errorCode"], again["runId"]) == ("SKIPPED", "RUN_OVER", first["runId"])
    assert other["status"] == "COMPLETED"
    assert system.app.website(website)["magentoAutoUploadStatus"] == "STOPPED"


def test_a_dispatcher_s_event_acquires_its_run(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    run = system.claim(website, trigger="schedule")
    event = {"websiteId": website, "runId": run, "trigger": "schedule"}
    assert set(event) == set(_event("site-sync-dispatched.json"))

    result = call("site_sync", event)

    assert (result["status"], result["runId"]) == ("COMPLETED", run)
    again = call("site_sync", event)
    assert (again["status"], again["errorCode"]) == ("SKIPPED", "RUN_OVER")


def test_a_dry_run_writes_nothing(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website(magentoAutoUploadEnabled=False)
    before = system.app.website(website)

    result = call("site_sync", {"websiteId": website, "dryRun": True})

    assert (result["status"], result["runId"]) == ("COMPLETED", None)
    assert len(result["orders"]["imported"]) == result["importedCustomers"] > 0
    assert system.app.website(website) == before
    assert system.app.customers(website) == []
    assert system.app.everything() == "[]"


def test_a_failure_of_the_shop_is_returned_not_raised(functions: LambdaClient, system: System) -> None:  # noqa: ARG001
    website = system.add_website()
    system.shop.failures.switch_on(failures.maintenance(retry_after="3600"))

    result = call("site_sync", {"websiteId": website})

    assert (result["status"], result["errorCode"]) == ("FAILED", "MAINTENANCE")


def test_a_run_with_little_time_continues_in_another_invocation(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    website = system.add_website()

    result = call("site_sync", {"websiteId": website}, Context(milliseconds=30_000))

    assert result["status"] == "CONTINUED"
    assert functions.events == [{"websiteId": website, "runId": result["runId"], "trigger": "continuation"}]


def test_a_fan_out_starts_the_websites_that_are_due(functions: LambdaClient, system: System) -> None:
    website = system.add_website()
    system.add_website(magentoAutoUploadEnabled=False)

    result = call("cron_fanout", _event("cron-schedule.json"))

    assert result == {"started": 1, "sent_again": 0, "refused": 0, "waiting": 0}
    assert [event["websiteId"] for event in functions.events] == [website]
    assert functions.events[0]["trigger"] == "schedule"
    assert functions.answers[0]["status"] == "COMPLETED"
    assert call("cron_fanout", {})["started"] == 0


def test_a_fan_out_whose_invocation_is_refused_raises_an_error(functions: LambdaClient, system: System) -> None:
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

    results = [
        call("site_sync", {"websiteId": website}, Context(aws_request_id=website))
        for website in (good, bearer, columns)
    ]
    call("cron_fanout", {})
    system.app.rows.execute('ALTER TABLE "MagentoSyncRun" ADD CHECK ("ordersFetched" = 0) NOT VALID')
    with pytest.raises(Exception, match="SQLSTATE 23514") as raised:
        call("site_sync", {"websiteId": system.add_website()}, Context(aws_request_id="the last"))

    assert [result["status"] for result in results] == ["COMPLETED", "FAILED", "FAILED"]
    text = output.text
    assert "BEARER_REFUSED" in text
    assert '"CompletedSyncs"' in text
    assert '"FanOuts"' in text
    for written in (text.lower(), json.dumps(results).lower(), str(raised.value).lower()):
        assert "@" not in written
        assert not [text for text in personal_data(system.shop) if f'"{text}"' in written or f" {text} " in written]
        assert not [secret for secret in secrets if secret.lower() in written]
