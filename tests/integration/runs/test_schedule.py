"""Which websites are due, and how many of them are claimed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from magento_sync.db import schedule
from magento_sync.db.connection.transaction import Transaction
from magento_sync.deadline import Deadline
from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.runs import claims, leases
from tests.support.claims import claim_due
from tests.support.leases import DEADLINE_SECONDS, another, hold, minutes_ago, someone_waits, until
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from tests.support.app import App

SHOP = "https://shop.example"
DOWN = ShopUnavailable("MAINTENANCE")


# columns of a website, times as how long ago, and whether it is due
def _ago(minutes: float) -> timedelta:
    return timedelta(minutes=minutes)


CASES: dict[str, tuple[dict[str, object], bool]] = {
    "never run": ({}, True),
    "interval passed": ({"magentoAutoUploadLastRun": _ago(361)}, True),
    "within the tolerance": ({"magentoAutoUploadLastRun": _ago(358.2)}, True),
    "before the tolerance": ({"magentoAutoUploadLastRun": _ago(357.8)}, False),
    "just run": ({"magentoAutoUploadLastRun": _ago(0)}, False),
    "own interval passed": ({"magentoAutoUploadLastRun": _ago(61), "magentoAutoUploadInterval": 60}, True),
    "own interval not passed": ({"magentoAutoUploadLastRun": _ago(50), "magentoAutoUploadInterval": 60}, False),
    "the schedule's period, early tick": (
        {"magentoAutoUploadLastRun": _ago(13.2), "magentoAutoUploadInterval": 15},
        True,
    ),
    "the schedule's period, ten minutes ago": (
        {"magentoAutoUploadLastRun": _ago(10), "magentoAutoUploadInterval": 15},
        False,
    ),
    "20 minutes, at the schedule's next tick": (
        {"magentoAutoUploadLastRun": _ago(15.5), "magentoAutoUploadInterval": 20},
        False,
    ),
    "an earlier system's last sync, long ago": ({"magentoLastSync": _ago(400)}, True),
    "an earlier system's last sync, lately": ({"magentoLastSync": _ago(30)}, False),
    "our last run counts before the last sync": (
        {"magentoAutoUploadLastRun": _ago(400), "magentoLastSync": _ago(30)},
        True,
    ),
    "failed, interval not passed": (
        {"magentoAutoUploadStatus": "ERROR", "magentoAutoUploadLastRun": _ago(30)},
        False,
    ),
    "an interval of centuries": (
        {"magentoAutoUploadLastRun": _ago(400), "magentoAutoUploadInterval": 99_999_999},
        False,
    ),
    "off": ({"magentoAutoUploadEnabled": False}, False),
    "running": ({"magentoAutoUploadStatus": "RUNNING"}, False),
}


def _due(database: Database) -> list[str]:
    return [website.website_id for website in database.run(schedule.due)]


def test_a_website_is_due_once_its_interval_has_passed_since_its_last_start(database: Database, app: App) -> None:
    now = minutes_ago(0)
    ids: dict[str, str] = {}
    for name, (columns, _) in CASES.items():
        values = {key: now - value if isinstance(value, timedelta) else value for key, value in columns.items()}
        ids[app.add_website(**values)] = name  # type: ignore[arg-type]

    assert {ids[one] for one in _due(database)} == {name for name, (_, due) in CASES.items() if due}


def test_the_longest_overdue_come_first(database: Database, app: App) -> None:
    def overdue(minutes: float, interval: int = 60) -> str:
        return app.add_website(
            magentoAutoUploadLastRun=minutes_ago(interval + minutes), magentoAutoUploadInterval=interval
        )

    slow, day, hour, never = overdue(5, 1440), overdue(60, 600), overdue(90), app.add_website()

    assert _due(database) == [never, hour, day, slow]


def test_a_transient_failure_is_due_at_its_retry_time(database: Database, app: App) -> None:
    website = app.add_website()
    run = database.run(leases.fail, hold(database, website), DOWN).id

    app.age(run, 14)
    assert _due(database) == []
    app.age(run, 2)
    assert _due(database) == [website]


def test_a_retry_after_longer_than_the_interval_is_obeyed(database: Database, app: App) -> None:
    website = app.add_website(magentoAutoUploadInterval=15)
    database.run(leases.fail, hold(database, website), ShopUnavailable("TOO_MANY_REQUESTS", retry_after=7200))
    app.change_website(website, magentoAutoUploadLastRun=minutes_ago(100))

    assert _due(database) == []


def _since(app: App, minutes: float) -> None:
    """Moves all times into the past, as if so many minutes had passed."""
    for table, columns in {
        "Website": ["magentoAutoUploadLastRun"],
        "MagentoSyncRun": ["queuedAt", "finishedAt", "retryAt"],
    }.items():
        changes = ", ".join(f'"{name}" = "{name}" - make_interval(secs => {minutes * 60})' for name in columns)
        app.rows.execute(f'UPDATE "{table}" SET {changes}'.encode())  # noqa: S608


def _fails(database: Database, app: App, website: str, error: ShopUnavailable = DOWN, after: float = 1.0) -> None:
    lease = hold(database, website)
    _since(app, after)
    database.run(leases.fail, lease, error)


@pytest.mark.parametrize("interval", [15, 360, 6])
def test_a_failing_website_is_due_no_later_than_a_healthy_one(database: Database, app: App, interval: int) -> None:
    """Its interval counts from the start of the run, with the usual tolerance, after any number of failures."""
    website = app.add_website(magentoAutoUploadInterval=interval)
    for _ in range(6):
        _fails(database, app, website)

    _since(app, interval - 2 - 1.1)
    assert _due(database) == []
    _since(app, 0.2)
    assert _due(database) == [website]


def test_a_run_that_took_longer_than_the_interval_is_due_again_at_once(database: Database, app: App) -> None:
    website = app.add_website(magentoAutoUploadInterval=5)
    _fails(database, app, website, after=8)

    assert _due(database) == [website]


@pytest.mark.parametrize("asked", [13, 14, 100])
def test_a_retry_after_is_never_shortened(database: Database, app: App, asked: int) -> None:
    website = app.add_website(magentoAutoUploadInterval=15)
    _fails(database, app, website, ShopUnavailable("MAINTENANCE", retry_after=asked * 60))

    _since(app, asked - 0.1)
    assert _due(database) == []
    _since(app, 0.2)
    assert _due(database) == [website]


@pytest.mark.parametrize("retry_after", [None, 20 * 60])
@pytest.mark.parametrize("interval", [15, 360])
def test_the_next_due_time_is_shown_exactly(
    database: Database, app: App, interval: int, retry_after: float | None
) -> None:
    website = app.add_website(magentoAutoUploadInterval=interval)
    _fails(database, app, website, ShopUnavailable("MAINTENANCE", retry_after=retry_after))

    due = database.run(schedule.times, website).next_due

    assert due is not None
    left = (due - minutes_ago(0)).total_seconds() / 60
    _since(app, left - 0.1)
    assert _due(database) == []
    _since(app, 0.2)
    assert _due(database) == [website]


def test_a_lasting_failure_is_due_after_the_interval(database: Database, app: App) -> None:
    website = app.add_website()
    database.run(leases.fail, hold(database, website), ShopNeedsPerson("ADDRESS_MISSING"))

    app.change_website(website, magentoAutoUploadLastRun=minutes_ago(300))
    assert _due(database) == []
    app.change_website(website, magentoAutoUploadLastRun=minutes_ago(361))
    assert _due(database) == [website]


def test_giving_a_claim_back_leaves_the_due_time_unchanged(database: Database, app: App) -> None:
    website = app.add_website()
    run = database.run(leases.fail, hold(database, website), DOWN).id

    database.run(claims.give_back, database.run(claims.claim_website, website, trigger="manual"))

    assert _due(database) == []
    app.age(run, 16)
    assert _due(database) == [website]


@pytest.mark.parametrize(("bound", "claimed"), [(3, 3), (0, 7), (50, 7)])
def test_claims_keep_to_the_limit_of_active_runs(database: Database, app: App, bound: int, claimed: int) -> None:
    for number in range(7):
        app.add_website(f"{number}.example", magentoApiUrl=f"https://{number}.example")

    batch = database.run(claim_due, replace(SETTINGS, max_running=bound))

    assert (len(batch.claims), len(batch.waiting), batch.is_full) == (claimed, 7 - claimed, bound == 3)
    for claim in batch.claims:
        assert app.website(claim.website_id)["magentoSyncRunId"] == claim.run_id


@pytest.mark.parametrize(("bound", "claimed"), [(2, 3), (1, 2), (0, 6)])
def test_claims_keep_to_the_limit_of_each_shop(database: Database, app: App, bound: int, claimed: int) -> None:
    for number in range(5):
        app.add_website(f"{number}.example", magentoApiUrl=f"{SHOP}/{number}/rest/V1")
    other = app.add_website("other.example", magentoApiUrl="https://other.example")

    batch = database.run(claim_due, replace(SETTINGS, syncs_per_shop=bound))

    assert (len(batch.claims), len(batch.waiting), batch.is_full) == (claimed, 6 - claimed, False)
    assert other in {claim.website_id for claim in batch.claims}


def test_manual_runs_count_against_the_limits(database: Database, app: App) -> None:
    first = app.add_website(magentoApiUrl=SHOP)
    app.add_website("second.example", magentoApiUrl=SHOP)
    database.run(claims.claim_website, first, trigger="manual")

    batch = database.run(claim_due, replace(SETTINGS, max_running=1))

    assert (batch.claims, len(batch.waiting), batch.is_full) == ([], 1, True)


def test_websites_without_a_valid_address_have_no_shop_in_common(database: Database, app: App) -> None:
    for number in range(4):
        app.add_website(f"{number}.example", magentoApiUrl="nonsense://")

    batch = database.run(claim_due, replace(SETTINGS, syncs_per_shop=1))

    assert (len(batch.claims), batch.waiting) == (4, [])


def test_only_the_claimed_websites_are_locked(database: Database, app: App) -> None:
    """A second connection locks every other due website while the claims are not committed."""
    for number in range(6):
        app.add_website(f"{number}.example", magentoApiUrl=f"https://{number // 3}.example")

    def claim(transaction: Transaction) -> tuple[set[str], set[str]]:
        batch = claim_due(transaction, replace(SETTINGS, max_running=3, syncs_per_shop=2))
        rows = app.rows.execute('SELECT "id" FROM "Website" FOR UPDATE SKIP LOCKED').fetchall()
        return {claim.website_id for claim in batch.claims}, {row["id"] for row in rows}

    claimed, unlocked = database.run(claim)

    assert (len(claimed), len(unlocked)) == (3, 3)
    assert not claimed & unlocked


@pytest.mark.parametrize("meanwhile", ["running", "off", "run"])
def test_a_website_that_is_no_longer_due_is_neither_claimed_nor_waits(
    database: Database, app: App, meanwhile: str
) -> None:
    """Another fan-out or the app was faster, after the query for due websites."""
    website = app.add_website()
    due = database.run(claims.due)
    if meanwhile == "off":
        app.change_website(website, magentoAutoUploadEnabled=False)
    else:
        lease = hold(database, website)
    if meanwhile == "run":
        database.run(leases.finish, lease, "COMPLETED", 300)
    before = app.website(website)

    batch = database.run(claims.claim_due, SETTINGS, due)

    assert batch == claims.Batch(claims=[], waiting=[], is_full=False)
    assert app.website(website) == before


def test_a_locked_website_is_neither_claimed_nor_waits(database: Database, app: App, database_url: str) -> None:
    """Its place goes to the next website of its shop."""
    website, other = app.add_website(magentoApiUrl=SHOP), app.add_website("other.example", magentoApiUrl=SHOP)
    settings = replace(SETTINGS, syncs_per_shop=1)
    due = [schedule.DueWebsite(one, SHOP) for one in (website, other)]
    database.deadline = Deadline.after(6.0)  # leaves a second: whoever waits fails
    with psycopg.connect(database_url) as hanging:
        hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [website])

        first = database.run(claims.claim_due, settings, due)
        second = database.run(claims.claim_due, settings, first.waiting)

    assert first == claims.Batch(claims=[], waiting=due[1:], is_full=False)
    assert [claim.website_id for claim in second.claims] == [other]


def test_a_dispatcher_waits_until_another_has_claimed(app: App, database: Database, database_url: str) -> None:
    app.add_website()
    first = app.add_website("first.example")
    bounds = replace(SETTINGS, max_running=1)
    lock = "hashtextextended('magento-sync dispatcher', 0)"
    app.rows.execute(f"SELECT pg_advisory_lock({lock})".encode())
    with another(database_url) as other, ThreadPoolExecutor(1) as pool:
        second = pool.submit(other.run, claim_due, bounds)
        until(lambda: someone_waits(app))
        database.run(claims.claim_website, first, trigger="schedule")
        app.rows.execute(f"SELECT pg_advisory_unlock({lock})".encode())

        batch = second.result(DEADLINE_SECONDS)
    assert (batch.claims, batch.is_full) == ([], True)


def test_concurrent_dispatchers_claim_no_website_twice_and_keep_the_limits(app: App, database_url: str) -> None:
    for number in range(20):
        app.add_website(f"{number}.example", magentoApiUrl=f"https://{number % 4}.example")
    bounds = replace(SETTINGS, max_running=6, syncs_per_shop=2)
    together = threading.Barrier(4)

    def claim(_number: int) -> list[str]:
        with another(database_url) as database:
            database.run(Transaction.execute, "SELECT 1")
            together.wait(30)
            return [one.website_id for one in database.run(claim_due, bounds).claims]

    with ThreadPoolExecutor(4) as pool:
        claimed = [website for batch in pool.map(claim, range(4)) for website in batch]

    assert len(claimed) == len(set(claimed)) == 6
    shops = [app.website(website)["magentoApiUrl"] for website in claimed]
    assert max(map(shops.count, shops)) == 2
