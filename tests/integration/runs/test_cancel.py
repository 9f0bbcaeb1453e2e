"""Cancelling a run: a queued run stops at once, a running one after its current page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from magento_sync.db import schedule
from magento_sync.errors import Refusal, ShopUnavailable
from magento_sync.runs import claims, leases, recovery
from magento_sync.runs.cancel import cancel_run
from tests.integration.runs.test_changes_during_a_run import during_the_second_page
from tests.support.leases import acquire, another, hold, minutes_ago, order, store_page
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.system import System


def _state(app: App, website: str) -> tuple[str, str, str | None]:
    row = app.website(website)
    return row["magentoAutoUploadStatus"], row["magentoSyncStatus"], row["magentoSyncRunId"]


def _due(database: Database) -> list[str]:
    return [website.website_id for website in database.run(schedule.due)]


def test_a_queued_run_stops_at_once(database: Database, app: App) -> None:
    website = app.add_website()
    claim = database.run(claims.claim_website, website, trigger="manual")

    run = database.run(cancel_run, claim.run_id)

    assert run is not None
    assert (run.status, run.error_code) == ("STOPPED", None)
    assert run.finished_at is not None
    assert _state(app, website) == ("STOPPED", "stopped", None)
    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(acquire, website, claim.run_id, SETTINGS)
    database.run(claims.give_back, claim)
    assert app.run(claim.run_id)["status"] == "STOPPED"
    database.run(claims.claim_website, website, trigger="manual")


def test_a_run_between_two_invocations_stops_at_once(database: Database, app: App) -> None:
    lease = hold(database, app.add_website())
    store_page(database, lease, order(1))
    database.run(leases.hand_over, lease)

    run = database.run(cancel_run, lease.run.id)

    assert run is not None
    assert (run.status, run.counts.imported) == ("STOPPED", 1)
    assert _state(app, lease.website.id) == ("STOPPED", "stopped", None)
    app.age(lease.run.id, 5)
    assert list(recovery.recover_stalled_runs(database)) == []


def test_a_running_run_stops_after_its_current_page(system: System, database_url: str) -> None:
    website = system.add_website()
    returned = []

    def ask() -> None:
        with another(database_url) as other:
            returned.append(other.run(cancel_run, system.app.runs(website)[0]["id"]))

    during_the_second_page(system, ask)

    summary = system.sync(website)

    assert returned[0] is not None
    assert returned[0].status == "RUNNING"
    assert returned[0].stop_requested_at is not None
    assert (summary["status"], summary["errorCode"]) == ("STOPPED", None)
    assert 10 < len(system.app.customers(website)) == summary["importedCustomers"] < 40
    assert _state(system.app, website) == ("STOPPED", "stopped", None)
    assert system.sync(website)["status"] == "COMPLETED"
    assert len(system.app.customers(website)) == 40


def test_cancelling_again_changes_nothing(database: Database, app: App) -> None:
    lease = hold(database, app.add_website())
    first = database.run(cancel_run, lease.run.id)

    assert database.run(cancel_run, lease.run.id) == first
    database.run(leases.hand_over, lease)
    assert [getattr(database.run(cancel_run, lease.run.id), "status", None) for _ in range(3)] == ["STOPPED"] * 3


def test_cancelling_an_unknown_run_returns_none(database: Database) -> None:
    assert database.run(cancel_run, "nothing") is None


def test_cancelling_a_finished_run_is_refused(database: Database, app: App) -> None:
    done = hold(database, app.add_website())
    database.run(leases.finish, done, "COMPLETED", 300)
    failed = hold(database, app.add_website("other.example"))
    database.run(leases.fail, failed, ShopUnavailable("MAINTENANCE"))
    rows = app.run(done.run.id), app.run(failed.run.id)

    for lease in (done, failed):
        with pytest.raises(Refusal, match="RUN_OVER") as refused:
            database.run(cancel_run, lease.run.id)
        assert refused.value.run_id == lease.run.id

    assert (app.run(done.run.id), app.run(failed.run.id)) == rows


def test_cancelling_a_superseded_run_leaves_its_successor_running(database: Database, app: App) -> None:
    website = app.add_website()
    old = hold(database, website)
    app.change_website(website, magentoSyncRunId=None, magentoAutoUploadStatus="STOPPED")
    new = hold(database, website)

    run = database.run(cancel_run, old.run.id)

    assert run is not None
    assert run.status == "STOPPED"
    assert _state(app, website) == ("RUNNING", "running", new.run.id)
    store_page(database, new, order(1))


def test_a_cancelled_run_whose_process_died_reads_nothing_when_acquired_again(system: System) -> None:
    website = system.add_website()
    lease = hold(system.database, website)
    system.database.run(cancel_run, lease.run.id)
    system.put_credentials(website, "not even a look at these")

    summary = system.syncer.run(website, lease.run.id)

    assert (summary["status"], summary["errorCode"]) == ("STOPPED", None)
    assert system.shop.requests == []
    assert _state(system.app, website) == ("STOPPED", "stopped", None)


def test_a_cancelled_run_that_stalls_is_closed_as_stopped(database: Database, app: App) -> None:
    """Its website waits for its interval and shows no error."""
    website = app.add_website()
    lease = hold(database, website)
    database.run(cancel_run, lease.run.id)
    app.age(lease.run.id, 31)

    assert list(recovery.recover_stalled_runs(database)) == []

    row = app.run(lease.run.id)
    assert (row["status"], row["errorCode"], row["errorMessage"], row["retryAt"]) == ("STOPPED", None, None, None)
    assert row["finishedAt"] is not None
    assert _state(app, website) == ("STOPPED", "stopped", None)


def test_a_stopped_website_is_due_after_its_interval(database: Database, app: App) -> None:
    website = app.add_website()
    database.run(cancel_run, database.run(claims.claim_website, website, trigger="manual").run_id)

    assert _due(database) == []
    app.change_website(website, magentoAutoUploadLastRun=minutes_ago(361))
    assert _due(database) == [website]


def test_a_stopped_run_keeps_the_count_of_failures_in_a_row(database: Database, app: App) -> None:
    website = app.add_website()
    database.run(leases.fail, hold(database, website), ShopUnavailable("MAINTENANCE"))
    database.run(cancel_run, database.run(claims.claim_website, website, trigger="manual").run_id)

    run = database.run(leases.fail, hold(database, website), ShopUnavailable("MAINTENANCE"))

    assert app.run(run.id)["failuresInARow"] == 2
