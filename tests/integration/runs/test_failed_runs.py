"""What a failed run leaves behind, and when its website is due again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from magento_sync.errors import FenceLost, ShopNeedsPerson, ShopUnavailable
from magento_sync.runs import leases
from magento_sync.runs.recovery import recover_stalled_runs
from tests.support.leases import hold, minutes_ago

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.errors import ShopError
    from tests.support.app import App
    from tests.support.system import System

DOWN = ShopUnavailable("UNREACHABLE", {"host": "shop.example"})


def _fail(database: Database, app: App, website: str, error: ShopError = DOWN) -> dict[str, Any]:
    """Returns the row of a run that failed."""
    return app.run(database.run(leases.fail, hold(database, website), error).id)


def _minutes_to_retry(row: dict[str, Any]) -> float:
    return float((row["retryAt"] - row["finishedAt"]).total_seconds() / 60)


def test_a_failed_run_shows_its_code_and_a_sentence(database: Database, app: App) -> None:
    website = app.add_website()

    row = _fail(database, app, website)

    assert app.website(website)["magentoAutoUploadStatus"] == "ERROR"
    assert app.website(website)["magentoSyncStatus"] == "failed: UNREACHABLE"
    assert app.website(website)["magentoSyncRunId"] is None
    assert app.website(website)["magentoLastSync"] is None
    assert (row["status"], row["errorCode"]) == ("FAILED", "UNREACHABLE")
    assert row["errorMessage"].startswith("shop.example is niet bereikbaar. We proberen het later opnieuw")
    assert row["errorParameters"] == {"host": "shop.example"}


@pytest.mark.parametrize(
    ("interval", "waits"), [(360, [15, 30, 60, 120, 240, 358, 358]), (25, [15, 23, 23]), (6, [4, 4])]
)
def test_a_website_whose_shop_is_down_is_due_soon_and_then_ever_more_rarely(
    database: Database, app: App, interval: int, waits: list[int]
) -> None:
    """In the end when its interval has passed anyway."""
    website = app.add_website(magentoAutoUploadInterval=interval)

    assert [_minutes_to_retry(_fail(database, app, website)) for _ in waits] == pytest.approx(waits, abs=0.1)


def test_a_completed_run_resets_the_count_of_failures(database: Database, app: App) -> None:
    website = app.add_website()
    _fail(database, app, website)
    _fail(database, app, website)
    database.run(leases.finish, hold(database, website), "COMPLETED", 300)

    assert _minutes_to_retry(_fail(database, app, website)) == pytest.approx(15, abs=0.1)


def test_a_run_that_died_in_between_does_not_reset_the_count_of_failures(database: Database, app: App) -> None:
    website = app.add_website()
    _fail(database, app, website)
    _fail(database, app, website)
    dead = hold(database, website).run.id
    app.rows.execute('UPDATE "MagentoSyncRun" SET "heartbeatAt" = %s WHERE "id" = %s', [minutes_ago(31), dead])
    assert list(recover_stalled_runs(database)) == []
    assert app.run(dead)["status"] == "ABANDONED"

    assert _minutes_to_retry(_fail(database, app, website)) == pytest.approx(60, abs=0.1)


def test_a_run_that_was_abandoned_meanwhile_does_not_fail_as_well(database: Database, app: App) -> None:
    website = app.add_website()
    lease = hold(database, website)
    app.age(lease.run.id, 31)
    assert list(recover_stalled_runs(database)) == []

    with pytest.raises(FenceLost):
        database.run(leases.fail, lease, DOWN)

    assert app.run(lease.run.id)["errorCode"] == "ABANDONED"


def test_failures_of_one_website_are_not_counted_for_another(database: Database, app: App) -> None:
    one, other = app.add_website(), app.add_website("other.example")
    _fail(database, app, one)

    assert _minutes_to_retry(_fail(database, app, other)) == pytest.approx(15, abs=0.1)


@pytest.mark.parametrize(("hours", "minutes"), [(0.1, 15), (2, 120), (20, 1200), (24 * 7, 24 * 60)])
def test_the_shops_own_retry_after_is_obeyed_for_a_day_at_most(
    database: Database, app: App, hours: float, minutes: float
) -> None:
    website = app.add_website()
    error = ShopUnavailable("TOO_MANY_REQUESTS", retry_after=hours * 3600)

    assert _minutes_to_retry(_fail(database, app, website, error)) == pytest.approx(minutes, abs=0.1)


def test_a_website_that_needs_a_person_waits_for_its_interval(database: Database, app: App) -> None:
    website = app.add_website()

    row = _fail(database, app, website, ShopNeedsPerson("TLS", {"host": "shop.example"}))

    assert (row["status"], row["errorCode"], row["retryAt"]) == ("FAILED", "TLS", None)


def test_a_shop_in_maintenance_fails_the_run_and_loses_nothing(system: System) -> None:
    website = system.add_website()
    system.shop.failures.switch_on(failures.maintenance(retry_after="7200"), "list", after=1)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "MAINTENANCE")
    run = system.app.runs(website)[0]
    assert _minutes_to_retry(run) == pytest.approx(120, abs=0.1)
    assert run["ordersFetched"] == summary["ordersFetched"] == len(system.app.ledger(website)) == 10
    system.shop.failures.switch_off()
    again = system.sync(website)
    assert again["status"] == "COMPLETED"
    assert again["fromEntityId"] == summary["watermark"]


def test_a_refused_token_fails_the_run_with_a_sentence_that_says_what_to_do(system: System) -> None:
    website = system.add_website()
    system.put_credentials(website, {"bearerToken": "wrong"})

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "BEARER_REFUSED")
    run = system.app.runs(website)[0]
    assert run["retryAt"] is None
    assert "OAuth" in run["errorMessage"]
