"""Which runs are deleted, when, and how many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from magento_sync.db import run_history
from magento_sync.deadline import Deadline
from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.runs import claims, leases, recovery
from magento_sync.runs.dispatch import DispatchReport, dispatch
from tests.support.leases import acquire, hold, order, store_page
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.runs.leases import Lease
    from tests.support.app import App

DAY = 24 * 60


def _completed(database: Database, website: str) -> str:
    return database.run(leases.finish, hold(database, website), "COMPLETED", 300).id


def _age(app: App, run_id: str, days: float) -> None:
    app.age(run_id, round(days * DAY))
    app.rows.execute(
        'UPDATE "MagentoSyncRun" SET "finishedAt" = "finishedAt" - make_interval(mins => %s) WHERE "id" = %s',
        [round(days * DAY), run_id],
    )


def _left(database: Database, app: App, website: str, seconds: float = 0.0) -> list[str]:
    recovery.prune_runs(database, Deadline.after(seconds))
    return [run["id"] for run in app.runs(website)]


def test_a_run_is_kept_for_90_days(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=7)
    gone, kept, newest = [_completed(database, website) for _ in range(3)]
    _age(app, gone, 90.01)
    _age(app, kept, 89.99)

    assert _left(database, app, website) == [kept, newest]


def test_the_newest_run_of_each_website_is_kept(database: Database, app: App) -> None:
    """It has the retry time, and the API shows it for a website that was switched off long ago."""
    websites = [app.add_website(f"{n}.example", magentoLastEntityId=7) for n in range(2)]
    newest = []
    for website in websites:
        old = _completed(database, website)
        newest.append(database.run(leases.fail, hold(database, website), ShopUnavailable("MAINTENANCE")).id)
        _age(app, old, 101)
        _age(app, newest[-1], 100)

    assert [_left(database, app, website) for website in websites] == [[newest[0]], [newest[1]]]


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_active_run_is_kept(database: Database, app: App, state: str) -> None:
    website = app.add_website()
    claim = database.run(claims.claim_website, website, trigger="manual")
    if state == "running":
        database.run(acquire, website, claim.run_id, SETTINGS)
    app.change_website(website, magentoSyncRunId=None, magentoAutoUploadStatus="STOPPED")
    newest = _completed(database, website)
    app.rows.execute(
        """UPDATE "MagentoSyncRun" SET "finishedAt" = now() - interval '100 days' WHERE "id" = %s""", [claim.run_id]
    )
    app.age(claim.run_id, 100 * DAY)

    assert _left(database, app, website) == [claim.run_id, newest]


def test_a_long_run_that_finished_lately_is_kept(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=7)
    long, newest = [_completed(database, website) for _ in range(2)]
    app.age(long, 100 * DAY)

    assert _left(database, app, website) == [long, newest]


def test_a_run_with_a_refused_password_is_deleted_too(database: Database, app: App) -> None:
    """The password is tried again after 24 hours anyway."""
    website = app.add_website(magentoLastEntityId=7)
    error = ShopNeedsPerson("PASSWORD_REFUSED")
    error.refused_credentials = "fingerprint"
    refused = database.run(leases.fail, hold(database, website), error).id
    newest = _completed(database, website)
    _age(app, refused, 91)

    assert _left(database, app, website) == [newest]


def test_the_run_that_began_the_first_import_is_kept(database: Database, app: App) -> None:
    """A limited first import counts its days from that run."""
    website = app.add_website()
    nothing_yet = _completed(database, website)
    first: Lease = hold(database, website)
    store_page(database, first, order(1))
    database.run(leases.finish, first, "STOPPED", 300)
    later, newest = _completed(database, website), _completed(database, website)
    for run, days in ((nothing_yet, 400), (first.run.id, 300), (later, 200)):
        _age(app, run, days)

    assert _left(database, app, website) == [first.run.id, newest]


def test_runs_are_deleted_in_batches(database: Database, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_history, "BATCH_SIZE", 2)
    for number in range(2):
        website = app.add_website(f"{number}.example", magentoLastEntityId=7)
        for days in (103, 102, 101, 0):
            _age(app, _completed(database, website), days)
    app.rows.execute('UPDATE "Website" SET "magentoAutoUploadEnabled" = false')

    left = []
    for _ in range(4):
        recovery.prune_runs(database, Deadline.after(0))
        rows = app.rows.execute('SELECT count(*) AS runs FROM "MagentoSyncRun"').fetchone()
        left.append(rows["runs"] if rows else None)

    assert left == [6, 4, 2, 2]


def _six_old_ones(database: Database, app: App, monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes six old runs, which are three batches."""
    monkeypatch.setattr(run_history, "BATCH_SIZE", 2)
    website = app.add_website(magentoLastEntityId=7)
    for days in range(105, 99, -1):
        _age(app, _completed(database, website), days)
    _completed(database, website)
    return website


def test_a_batch_has_its_size_with_every_query_plan(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL could evaluate a plain subquery once per run, and each time find other runs."""
    _six_old_ones(database, app, monkeypatch)

    def step(transaction: Transaction) -> int:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            transaction.execute("SELECT set_config(%s, 'off', true)", [f"enable_{way}"])
        return run_history.prune(transaction)

    assert database.run(step) == 2


@pytest.mark.parametrize(("time", "left"), [(900.0, 1), (7.0, 5)])
def test_no_batch_starts_without_time_left(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch, time: float, left: int
) -> None:
    website = _six_old_ones(database, app, monkeypatch)

    assert len(_left(database, app, website, time)) == left


def test_one_fan_out_deletes_a_limited_number_of_batches(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "MOST_BATCHES", 2)
    website = _six_old_ones(database, app, monkeypatch)

    assert len(_left(database, app, website, 900.0)) == 3


def test_the_fan_out_deletes_old_runs(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=7)
    old, newest = _completed(database, website), _completed(database, website)
    _age(app, old, 91)

    assert dispatch(database, SETTINGS, lambda **_: None, Deadline.after(100.0)) == DispatchReport()

    assert [run["id"] for run in app.runs(website)] == [newest]


def test_deleting_runs_leaves_the_ledger(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=7)
    lease = hold(database, website)
    store_page(database, lease, order(8))
    database.run(leases.finish, lease, "COMPLETED", 300)
    newest = _completed(database, website)
    _age(app, lease.run.id, 91)

    assert _left(database, app, website) == [newest]
    assert app.ledger(website) == {8: "imported"}
