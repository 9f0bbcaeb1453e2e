"""Quarantined orders: when runs retry them, and the operator's command for them."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from magento_sync.db import ledger, runs, websites
from magento_sync.db.outcomes import Outcome
from magento_sync.runs import leases
from ops import quarantine
from ops.quarantine import NotInQuarantine
from tests.support.leases import (
    DEADLINE_SECONDS,
    acquire,
    hold,
    minutes_ago,
    order,
    progress_of,
    someone_waits,
    store_page,
    until,
)
from tests.support.operator_commands import Command

if TYPE_CHECKING:
    from concurrent.futures import Future

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.runs.leases import Lease
    from tests.support.app import App, Row
    from tests.support.system import System

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def lease(database: Database, app: App) -> Lease:
    """The lease of a run that has quarantined two orders and imported one."""
    lease = hold(database, app.add_website("mokken.example"))
    store_page(database, lease, order(5), faults={3: "ORDER_DAMAGED", 4: "UNUSABLE_DATE"})
    return lease


def _entry(app: App, order_id: int) -> Row:
    row = app.rows.execute('SELECT * FROM "MagentoSyncOrder" WHERE "orderId" = %s', [order_id]).fetchone()
    assert row is not None
    return row


def _waiting(database: Database, website: str) -> list[int]:
    newest = database.run(runs.newest, website)
    assert newest is not None
    return progress_of(database, website, replace(newest, id="a later run", trigger="schedule")).to_retry


def _command(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in this process, which is quicker than one of its own."""
    done = Command(where=[], environment={"DATABASE_URL": url})("quarantine", *arguments)
    return subprocess.CompletedProcess(arguments, done.code, done.out, done.err)


def test_the_list_of_quarantined_orders_shows_reason_attempts_and_times(
    database: Database, app: App, lease: Lease
) -> None:
    website = lease.website.id
    app.rows.execute("""UPDATE "MagentoSyncOrder" SET "failedSince" = "failedSince" - interval '2 days'""")
    store_page(database, lease, faults={4: "VALUE_REFUSED"})

    third, fourth = database.run(ledger.list_quarantined, website)
    assert database.run(ledger.list_quarantined, limit=1) == [third]
    assert database.run(ledger.list_quarantined, "another") == []

    assert (third.website_id, third.order_id, third.reason, third.attempts) == (website, 3, "ORDER_DAMAGED", 1)
    assert (fourth.order_id, fourth.reason, fourth.attempts) == (4, "VALUE_REFUSED", 2)
    assert minutes_ago(2 * 1440 + 1) < fourth.since < minutes_ago(2 * 1440)
    assert timedelta(minutes=119) < fourth.next_attempt - minutes_ago(0) <= timedelta(minutes=120)


def test_an_order_that_was_stored_in_the_end_is_no_longer_listed(database: Database, app: App, lease: Lease) -> None:
    store_page(database, lease, order(3), order(4))

    assert database.run(ledger.list_quarantined, lease.website.id) == []
    assert _entry(app, 3)["failedSince"] is None


def test_the_command_lists_the_orders_of_one_website_or_of_all(
    database: Database, app: App, lease: Lease, database_url: str
) -> None:
    other = hold(database, app.add_website("tassen.example"))
    store_page(database, other, faults={9: "ID_TOO_LARGE"})

    every = _command(database_url, "list").stdout.splitlines()
    own = _command(database_url, "list", "mokken.example").stdout.splitlines()

    assert [line.split()[:4] for line in own[2:]] == [
        ["mokken.example", "3", "ORDER_DAMAGED", "1"],
        ["mokken.example", "4", "UNUSABLE_DATE", "1"],
    ]
    assert own[1:] == _command(database_url, "list", lease.website.id).stdout.splitlines()[1:]
    assert sorted(line.split()[0] for line in every[2:]) == ["mokken.example"] * 2 + ["tassen.example"]
    assert "@" not in "".join(every)


def test_the_command_takes_a_domain(database: Database, lease: Lease, database_url: str) -> None:
    assert _command(database_url, "retry", "mokken.example", "4").returncode == 0
    assert _waiting(database, lease.website.id) == [4]
    assert _command(database_url, "release", "mokken.example", "4").returncode == 0
    assert _waiting(database, lease.website.id) == []


@pytest.mark.parametrize(("named", "due"), [([4], [4]), ([], [3, 4])], ids=["one", "all"])
def test_retry_makes_orders_due_for_the_next_run(
    database: Database, lease: Lease, named: list[int], due: list[int]
) -> None:
    assert _waiting(database, lease.website.id) == []

    assert ", ".join(map(str, due)) in database.run(quarantine.retry, lease.website.id, named)

    assert _waiting(database, lease.website.id) == due


def test_retry_without_a_quarantined_order_says_so(database: Database, app: App) -> None:
    assert database.run(quarantine.retry, app.add_website(), []) == "No order of this website is in quarantine."


def test_a_released_order_is_never_retried(system: System) -> None:
    website = system.add_website()
    system.shop.orders.reset()
    broken = system.shop.orders.add(created_at="last Tuesday")
    system.shop.orders.add()
    system.sync(website)

    printed = system.database.run(quarantine.release, website, [broken])

    assert printed == f"Order {broken} will not be retried and become no customers."
    system.shop.orders.change(broken, created_at="2026-11-22 15:00:00")
    system.let_retries_come()
    system.shop.requests.clear()
    assert system.sync(website)["ordersFetched"] == 0
    assert system.app.ledger(website)[broken] == "released"
    assert len(system.app.customers(website)) == 1
    newest = system.database.run(runs.newest, website)
    assert newest is not None
    assert progress_of(system.database, website, newest).gaps == []


@pytest.fixture
def repaired(system: System) -> tuple[str, int]:
    """A website, and an order that its first run quarantined and that the shop has repaired since."""
    website = system.add_website()
    system.shop.orders.reset()
    order_id = system.shop.orders.add(created_at="last Tuesday")
    system.shop.orders.add()
    assert system.sync(website)["failedOrders"] == 1
    system.shop.orders.change(order_id, created_at="2026-11-22 15:00:00")
    return website, order_id


def test_a_manual_run_retries_quarantined_orders_at_once(system: System, repaired: tuple[str, int]) -> None:
    website, order_id = repaired

    assert system.sync(website)["importedCustomers"] == 1
    assert system.app.ledger(website)[order_id] == "imported"


def test_the_continuation_of_a_manual_run_retries_quarantined_orders_at_once(
    system: System, repaired: tuple[str, int]
) -> None:
    website, order_id = repaired
    run = system.claim(website, "manual")
    system.seconds_left = 20.0
    lease = system.database.run(acquire, website, run, system.settings)
    system.database.run(leases.hand_over, lease)
    system.seconds_left = 900.0

    assert system.syncer.run(website, run)["status"] == "COMPLETED"
    assert system.app.ledger(website)[order_id] == "imported"


def test_a_scheduled_run_waits_for_a_quarantined_orders_retry_time(system: System, repaired: tuple[str, int]) -> None:
    website, order_id = repaired

    system.scheduled_sync(website)
    assert system.app.ledger(website)[order_id] == "failed"

    system.let_retries_come()
    system.scheduled_sync(website)
    assert system.app.ledger(website)[order_id] == "imported"


def test_a_manual_run_retries_a_limited_number_of_quarantined_orders(database: Database, app: App) -> None:
    website = app.add_website()
    store_page(database, hold(database, website), faults=dict.fromkeys(range(1, 31), "ORDER_DAMAGED"))
    app.change_website(website, magentoAutoUploadStatus="STOPPED", magentoSyncRunId=None)

    assert progress_of(database, website, hold(database, website).run).to_retry == list(range(1, 21))


def test_a_manual_run_does_not_retry_orders_that_it_quarantined_itself(database: Database, lease: Lease) -> None:
    assert progress_of(database, lease.website.id, lease.run).to_retry == []


def test_a_released_order_is_not_stored_by_a_run_that_reads_it(database: Database, app: App, lease: Lease) -> None:
    database.run(quarantine.release, lease.website.id, [3, 4])

    store_page(database, lease, order(3), order(4))

    assert app.ledger(lease.website.id) == {3: "released", 4: "released", 5: "imported"}
    assert app.emails(lease.website.id) == ["customer5@example.com"]


def test_release_waits_for_a_run_that_is_storing_the_order(
    database: Database, app: App, lease: Lease, database_url: str
) -> None:
    """Otherwise the run would add the customer although the ledger says that nobody does."""
    with ThreadPoolExecutor(1) as pool:

        def store(transaction: Transaction) -> Future[subprocess.CompletedProcess[str]]:
            websites.lock(transaction, lease.website.id)
            command = pool.submit(_command, database_url, "release", lease.website.id, "3")
            until(lambda: someone_waits(app))
            ledger.record(transaction, lease.website.id, lease.run.id, {3: Outcome.IMPORTED}, {})
            return command

        refused = database.run(store).result(DEADLINE_SECONDS)

    assert (refused.stdout, refused.returncode) == ("", 1)
    assert "Not in quarantine: order 3." in refused.stderr


def test_only_orders_that_a_run_has_newly_found_damaged_count_for_it(
    database: Database, app: App, lease: Lease
) -> None:
    website = lease.website.id
    assert progress_of(database, website, lease.run).damaged == 1

    app.change_website(website, magentoAutoUploadStatus="STOPPED", magentoSyncRunId=None)
    later = hold(database, website)
    assert progress_of(database, website, later.run).damaged == 0

    store_page(database, later, faults={3: "ORDER_DAMAGED", 4: "ORDER_DAMAGED", 6: "ORDER_DAMAGED"})
    assert progress_of(database, website, later.run).damaged == 1


def test_a_released_order_is_not_one_that_is_known_to_exist(database: Database, lease: Lease) -> None:
    database.run(quarantine.release, lease.website.id, [3, 4])

    assert progress_of(database, lease.website.id, lease.run).newest == [5]


def test_pruning_removes_released_orders_and_keeps_quarantined_ones(database: Database, app: App, lease: Lease) -> None:
    database.run(quarantine.release, lease.website.id, [3])

    database.run(ledger.prune, lease.website.id, 5)

    assert app.ledger(lease.website.id) == {4: "failed"}


@pytest.mark.parametrize("orders", [[3, 5], [3, 77]], ids=["imported", "unknown"])
def test_an_order_that_is_not_in_quarantine_changes_nothing(
    database: Database, app: App, lease: Lease, orders: list[int]
) -> None:
    before = [_entry(app, order_id) for order_id in (3, 4, 5)]
    for change in (quarantine.retry, quarantine.release):
        with pytest.raises(NotInQuarantine, match=f"Not in quarantine: order {orders[1]}. .* nothing was changed"):
            database.run(change, lease.website.id, orders)

    assert [_entry(app, order_id) for order_id in (3, 4, 5)] == before


def test_the_orders_of_another_website_are_left_alone(database: Database, app: App, lease: Lease) -> None:
    other = hold(database, app.add_website("other.example")).website.id
    with pytest.raises(NotInQuarantine):
        database.run(quarantine.release, other, [3])
    database.run(quarantine.retry, other, [])

    assert app.ledger(lease.website.id)[3] == Outcome.FAILED
    assert _waiting(database, lease.website.id) == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "arguments", [["list", "nobody"], ["retry", "nobody"], ["release", "nobody", "1"]], ids=" ".join
)
def test_an_unknown_website_is_reported(database_url: str, arguments: list[str]) -> None:
    done = _command(database_url, *arguments)

    assert done.returncode == 1
    assert "no website with the id or domain nobody" in done.stderr


def test_the_command_prints_its_result_and_no_password(lease: Lease, database_url: str) -> None:
    website = lease.website.id
    listed = _command(database_url, "list", website)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "ORDER_DAMAGED" in listed.stdout
    assert _command(database_url, "retry", website, "3").returncode == 0
    released = _command(database_url, "release", website, "3", "4")
    assert released.stdout == "Orders 3, 4 will not be retried and become no customers.\n"
    assert _command(database_url, "release", website).returncode == 2

    unset = _command("", "list")
    assert unset.returncode == 2
    assert "DATABASE_URL" in unset.stderr
    gone = _command("postgresql://someone:s3cret@127.0.0.1:9/app", "list")
    assert gone.returncode == 1
    assert "cannot be reached" in gone.stderr
    assert "s3cret" not in gone.stderr
    assert "Traceback" not in gone.stderr


@pytest.mark.parametrize("do", [None, "retry {website} 3"])
def test_make_quarantine_runs_the_command(lease: Lease, database_url: str, do: str | None) -> None:
    given = [] if do is None else [f"DO={do.format(website=lease.website.id)}"]
    done = subprocess.run(
        ["make", "--silent", "quarantine", f"DATABASE_URL={database_url}", *given],  # noqa: S607 - on PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "3" in done.stdout
