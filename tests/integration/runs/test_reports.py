"""The end of a run in the log and in the metrics, and the website that is told once after a day of failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from magento_sync.db import health
from magento_sync.errors import DatabaseUnavailable, ShopUnavailable
from magento_sync.observability import metrics
from magento_sync.runs import claims, leases
from magento_sync.runs.recovery import recover_stalled_runs
from magento_sync.runs.reports import report_end
from tests.support.api_calls import PATH, Api
from tests.support.functions import Context, call, listen
from tests.support.leases import hold, minutes_ago

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.functions import LambdaClient, Output
    from tests.support.system import System

DOWN = ShopUnavailable("UNREACHABLE", {"host": "shop.example"})
DAY = 24 * 60
RUNS = f"{PATH}/runs"


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    return listen(capsys, monkeypatch)


def _ends(output: Output) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.logs.getvalue().splitlines()]
    return [line for line in lines if line["message"] == "A run has ended"]


def _published(output: Output) -> dict[str, list[float]]:
    """Returns the values of all published metrics by name."""
    values: dict[str, list[float]] = {}
    for line in output.text.splitlines():
        document = json.loads(line)
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
            for metric in directive["Metrics"]:
                values.setdefault(metric["Name"], []).extend(document[metric["Name"]])
    return values


def _counted(name: str) -> float:
    """Returns the sum of a metric that is not published yet."""
    return float(sum(metrics.provider.metric_set.get(name, {}).get("Value", [])))


def _fail(database: Database, app: App, website: str, minutes_later: int) -> float:
    """Lets time pass, fails a run, and returns how often the website was told as failing."""
    for run in app.runs(website):
        app.rows.execute(
            """UPDATE "MagentoSyncRun" SET "queuedAt" = "queuedAt" - make_interval(mins => %(m)s),
            "finishedAt" = "finishedAt" - make_interval(mins => %(m)s) WHERE "id" = %(run)s""",
            {"m": minutes_later, "run": run["id"]},
        )
    before = _counted("NewlyFailingWebsites")
    report_end(database, database.run(leases.fail, hold(database, website), DOWN))
    return _counted("NewlyFailingWebsites") - before


def test_a_completed_run_leaves_one_line_with_its_counts(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    output: Output,
) -> None:
    website = system.add_website()

    result = call("site_sync", {"websiteId": website})

    [line] = _ends(output)
    assert (line["website_id"], line["run_id"], line["status"]) == (website, result["runId"], "COMPLETED")
    assert (line["level"], line["trigger"]) == ("INFO", "manual")
    assert (line["orders_fetched"], line["imported"]) == (result["ordersFetched"], result["importedCustomers"])
    assert line["imported"] > 0
    published = _published(output)
    assert published["CompletedSyncs"] == [1]
    assert published["OrdersRead"] == [result["ordersFetched"]]
    assert published["ImportedCustomers"] == [result["importedCustomers"]]
    assert all(0 < seconds < 60 for seconds in published["ShopSeconds"])


def test_a_failed_run_leaves_one_line_with_its_code(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    output: Output,
) -> None:
    website = system.add_website()
    system.shop.failures.switch_on(failures.maintenance(retry_after="3600"))

    call("site_sync", {"websiteId": website})

    [line] = _ends(output)
    assert (line["level"], line["status"], line["error_code"]) == ("WARNING", "FAILED", "MAINTENANCE")
    assert _published(output)["FailedSyncs"] == [1]


def test_a_run_of_several_invocations_leaves_one_line_and_its_orders_count_once(
    functions: LambdaClient,
    system: System,
    output: Output,
) -> None:
    functions.runs = False
    website = system.add_website()
    first = call("site_sync", {"websiteId": website}, Context(milliseconds=30_000))
    assert (first["status"], _ends(output)) == ("CONTINUED", [])

    last = call("site_sync", functions.events.pop())

    [line] = _ends(output)
    assert (line["status"], line["invocations"], line["orders_fetched"]) == ("COMPLETED", 2, last["ordersFetched"])
    assert _published(output)["OrdersRead"] == [last["ordersFetched"]]


def test_an_abandoned_run_leaves_one_line(database: Database, app: App, output: Output) -> None:
    lease = hold(database, app.add_website())
    app.age(lease.run.id, 31)

    list(recover_stalled_runs(database))
    list(recover_stalled_runs(database))

    [line] = _ends(output)
    assert (line["run_id"], line["status"], line["error_code"]) == (lease.run.id, "ABANDONED", "ABANDONED")
    assert _counted("AbandonedSyncs") == 1


def test_a_queued_run_that_the_api_stops_leaves_one_line(
    functions: LambdaClient,  # noqa: ARG001
    system: System,
    output: Output,
) -> None:
    run_id = system.claim(system.add_website())

    for _ in range(2):
        assert Api().delete(f"{RUNS}/{run_id}").status == 202

    [line] = _ends(output)
    assert (line["run_id"], line["status"]) == (run_id, "STOPPED")
    assert _published(output)["StoppedSyncs"] == [1]


@pytest.mark.parametrize("minutes", [6 * 60, 23 * 60, 25 * 60, 7 * DAY])
def test_a_website_that_only_fails_is_told_once_when_a_day_has_passed(
    database: Database, app: App, minutes: int
) -> None:
    website = app.add_website()

    told = [_fail(database, app, website, minutes) for _ in range(9)]

    assert sum(told) == 1
    assert told.index(1) == -(-DAY // minutes)


def test_a_website_that_recovers_and_fails_for_another_day_is_told_again(database: Database, app: App) -> None:
    website = app.add_website()
    assert [_fail(database, app, website, DAY + 1) for _ in range(3)] == [0, 1, 0]
    database.run(leases.finish, hold(database, website), "COMPLETED", 300)

    assert [_fail(database, app, website, DAY + 1) for _ in range(3)] == [0, 1, 0]


def test_a_stopped_run_does_not_interrupt_a_row_of_failures(database: Database, app: App) -> None:
    website = app.add_website()
    _fail(database, app, website, 0)
    database.run(leases.finish, hold(database, website), "STOPPED", 300)

    assert _fail(database, app, website, DAY + 1) == 1


def test_a_website_whose_runs_are_only_abandoned_is_told_too(database: Database, app: App) -> None:
    website = app.add_website()
    _fail(database, app, website, 0)
    app.rows.execute("""UPDATE "MagentoSyncRun" SET "queuedAt" = "queuedAt" - interval '25 hours',
        "finishedAt" = "finishedAt" - interval '25 hours'""")
    app.age(hold(database, website).run.id, 31)

    list(recover_stalled_runs(database))

    assert _counted("NewlyFailingWebsites") == 1


def _nothing(_database: Database, _app: App, _website: str) -> None:
    pass


def _run(database: Database, _app: App, website: str) -> None:
    database.run(claims.claim_website, website, trigger="schedule")


def _failed_for_a_day(database: Database, app: App, website: str) -> None:
    for _ in range(2):
        _fail(database, app, website, DAY + 1)


def _turned_off(database: Database, app: App, website: str) -> None:
    _failed_for_a_day(database, app, website)
    app.change_website(website, magentoAutoUploadEnabled=False)


@pytest.mark.parametrize(
    ("happens", "state"),
    [(_nothing, (1, 0, 0)), (_run, (1, 0, 0)), (_failed_for_a_day, (1, 1, 1)), (_turned_off, (0, 0, 0))],
)
def test_websites_are_counted_by_state(
    database: Database, app: App, happens: Callable[[Database, App, str], None], state: tuple[int, int, int]
) -> None:
    happens(database, app, app.add_website())

    found = database.run(health.websites)

    assert (found.enabled, found.in_error, found.failing_for_a_day) == state


@pytest.mark.parametrize(
    ("minutes_since_run", "columns", "overdue"),
    [
        (30, {}, 0),
        (360 + 45, {}, 45),
        (90, {"magentoAutoUploadInterval": 60}, 30),
        (360 + 45, {"magentoAutoUploadStatus": "RUNNING"}, 0),
        (360 + 45, {"magentoAutoUploadEnabled": False}, 0),
    ],
)
def test_the_longest_overdue_website_decides_about_the_age(
    database: Database, app: App, minutes_since_run: int, columns: dict[str, Any], overdue: int
) -> None:
    app.add_website("never-synced.example")
    website = app.add_website("shop.example")
    app.change_website(website, magentoAutoUploadLastRun=minutes_ago(minutes_since_run), **columns)

    assert database.run(health.websites).longest_overdue_minutes == overdue


def test_a_fan_out_counts_the_websites_and_names_those_that_fail_for_a_day(
    functions: LambdaClient,
    database: Database,
    app: App,
    output: Output,
) -> None:
    functions.runs = False
    website = app.add_website("broken.example")
    _failed_for_a_day(database, app, website)
    app.add_website("fine.example")

    call("cron_fanout", {})

    published = _published(output)
    assert [published[name] for name in ("Websites", "WebsitesInError", "WebsitesFailingForADay")] == [[2], [1], [1]]
    assert published["FanOuts"] == [1]
    lines = [json.loads(line) for line in output.logs.getvalue().splitlines()]
    [line] = [line for line in lines if "more than 24 hours" in line["message"]]
    assert (line["website_id"], line["domain"]) == (website, "broken.example")
    assert (line["failing_hours"], line["error_code"]) == (24, "UNREACHABLE")


def test_a_run_fails_as_usual_where_the_metrics_cannot_be_read(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(*_: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr("magento_sync.db.health.has_now_failed_for_a_day", too_slow)
    website = system.add_website()
    system.shop.failures.switch_on(failures.challenge())

    assert system.sync(website)["status"] == "FAILED"
    assert system.app.website(website)["magentoAutoUploadStatus"] == "ERROR"
