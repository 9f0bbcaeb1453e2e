"""A first import can be limited to recent orders, by discovery and by probing, so that nobody gets mail years later."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.shop import ORDERS, STORES, failures, many_orders
from tests.support.shop_failures import PAUSES, count_refused, failing_on, first_order_only, fixed_json

if TYPE_CHECKING:
    from tests.support.system import System

pytestmark = pytest.mark.usefixtures("without_pauses")

DAYS = 30
OLD = 60
NEW = 25


def now(system: System) -> datetime:
    row = system.app.rows.execute("SELECT now() AT TIME ZONE 'UTC' AS now").fetchone()
    assert row is not None
    moment: datetime = row["now"]
    return moment


@pytest.fixture
def website(system: System) -> str:
    """A website whose shop has old and new orders, of which it may import the new ones only."""
    system.set(first_import_days=DAYS, look_ahead=60, gap_window=1_000_000)
    system.shop.orders.reset(many_orders(OLD + NEW, store_ids=(1,), seed=3))
    for order_id in system.shop.orders.ids[OLD:]:
        system.shop.orders.change(order_id, created_at=str(now(system) - timedelta(days=DAYS - 1))[:19])
    return system.add_website("mokken.example")


def bought_before_the_limit(system: System, website: str) -> int:
    limit = now(system) - timedelta(days=DAYS + 1)
    return sum(row["purchaseDate"] < limit for row in system.app.customers(website))


def outcomes(system: System, website: str) -> tuple[list[int], list[int]]:
    """Returns the ids of the orders that were too old, and of the others."""
    ledger = system.app.ledger(website)
    too_old = {order_id for order_id, outcome in ledger.items() if outcome == "too_old"}
    return sorted(too_old), sorted(set(ledger) - too_old)


def test_old_orders_are_not_even_read_where_the_shop_can_be_asked_by_date(system: System, website: str) -> None:
    summary = system.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", NEW)
    assert bought_before_the_limit(system, website) == 0
    assert len(system.shop.requests) <= 5


BY_DATE = "[field]=created_at"  # in the address of a request by date
NOT_BY_DATE = {
    "500": failing_on(BY_DATE, failures.internal_error()),
    "400": failing_on(BY_DATE, failures.plain_error(400)),
    "ignored": failing_on(BY_DATE, first_order_only()),
    "empty": failing_on(BY_DATE, fixed_json(200, {"items": [], "total_count": 0})),
}


@pytest.mark.parametrize("failure", NOT_BY_DATE.values(), ids=NOT_BY_DATE.keys())
def test_each_order_is_judged_by_its_own_date_where_the_shop_cannot_be_asked_by_date(
    system: System, website: str, failure: failures.Failure
) -> None:
    system.shop.failures.switch_on(failure, "list")

    summary = system.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", OLD + NEW)
    ids = system.shop.orders.ids
    assert outcomes(system, website) == (ids[:OLD], ids[OLD:])
    assert bought_before_the_limit(system, website) == 0


def test_old_orders_under_new_ids_do_not_hide_recent_ones(system: System, website: str) -> None:
    """The owner has imported the orders of another shop."""
    for order_id in system.shop.orders.ids[OLD + 10 : OLD + 20]:
        system.shop.orders.change(order_id, created_at="2015-01-01 00:00:00")

    system.sync(website)

    too_old, others = outcomes(system, website)
    ids = system.shop.orders.ids
    assert (too_old, others) == (ids[OLD + 10 : OLD + 20], [*ids[OLD : OLD + 10], *ids[OLD + 20 :]])


@pytest.mark.parametrize("created", ["0000-00-00 00:00:00", None], ids=["zero", "none"])
@pytest.mark.parametrize("by_date", [True, False], ids=["by date", "not by date"])
def test_an_order_without_a_date_is_too_old(system: System, website: str, created: str | None, by_date: bool) -> None:  # noqa: FBT001
    if not by_date:
        system.shop.failures.switch_on(NOT_BY_DATE["500"], "list")
    ids = system.shop.orders.ids
    undated = [*ids[20:30], *ids[OLD + 5 : OLD + 8], *ids[-3:]]
    for order_id in undated:
        system.shop.orders.change(order_id, created_at=created)

    assert system.sync(website)["status"] == "COMPLETED"

    assert outcomes(system, website)[1] == [order_id for order_id in ids[OLD:] if order_id not in undated]
    assert all(row["purchaseDate"] for row in system.app.customers(website))


@pytest.mark.parametrize("created", ["0000-00-00 00:00:00", None], ids=["zero", "none"])
def test_a_shop_whose_orders_are_all_without_a_date_has_too_old_orders_only(
    system: System, website: str, created: str | None
) -> None:
    for order_id in system.shop.orders.ids:
        system.shop.orders.change(order_id, created_at=created)

    assert system.sync(website)["status"] == "COMPLETED"

    assert outcomes(system, website) == (system.shop.orders.ids, [])


@pytest.mark.parametrize("characters", ["", "[],"], ids=["right", "wrong signatures"])
def test_damaged_orders_are_quarantined_where_the_shop_cannot_be_asked_by_date(
    system: System, website: str, characters: str
) -> None:
    system.shop.failures.missigned = characters
    system.shop.failures.switch_on(NOT_BY_DATE["500"], "list")
    damaged = system.shop.orders.ids[OLD : OLD + 12]
    system.shop.failures.damage(*damaged)

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"], summary["ordersFetched"]) == ("COMPLETED", 12, OLD + NEW)
    assert bought_before_the_limit(system, website) == 0


def test_nothing_is_read_of_a_shop_with_old_orders_only_until_a_recent_one_comes(system: System, website: str) -> None:
    system.shop.orders.delete(*system.shop.orders.ids[OLD:])
    newest = system.shop.orders.ids[-1]
    system.shop.orders.add(store_id=2, created_at="2015-01-01 00:00:00")

    summary = system.sync(website)

    assert (summary["ordersFetched"], system.app.website(website)["magentoSyncFloor"]) == (0, newest)
    recent = system.shop.orders.add(store_id=1, created_at=str(now(system))[:19])
    assert (system.sync(website)["ordersFetched"], list(system.app.ledger(website))) == (1, [recent])


def test_the_first_import_of_a_shop_without_orders_is_completed(system: System, website: str) -> None:
    system.shop.orders.reset()

    assert system.sync(website)["status"] == "COMPLETED"

    assert not system.app.website(website)["magentoSyncFloor"]


@pytest.mark.parametrize(("failure", "code", "most"), PAUSES)
def test_a_pause_asked_for_at_the_request_by_date_is_made(
    system: System, website: str, failure: failures.Failure, code: str, most: int
) -> None:
    system.shop.failures.switch_on(failing_on(BY_DATE, failure), "list")

    assert system.sync(website)["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_an_id_that_no_floor_can_hold_does_not_fail_the_run(system: System, website: str) -> None:
    system.shop.orders.reset()
    system.shop.orders.commit(2**32 - 2, store_id=1, created_at=str(now(system))[:19])

    assert system.sync(website)["errorCode"] is None


def test_old_orders_that_are_read_by_their_ids_do_not_become_customers(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.internal_error(), "list")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    ids = system.shop.orders.ids
    assert outcomes(system, website) == (ids[:OLD], ids[OLD:])
    assert bought_before_the_limit(system, website) == 0
    assert system.app.customers(website)


def test_the_limit_holds_in_later_invocations_of_the_run(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.seconds_left = 80.0

    summary = system.sync(website)
    while summary["status"] == "CONTINUED" and len(system.continued) < 60:
        summary = system.syncer.run(*system.continued[-1])

    assert len(system.continued) > 2
    assert len(outcomes(system, website)[0]) == OLD


def test_the_limit_counts_from_the_moment_when_the_first_run_was_queued(system: System, website: str) -> None:
    """In its first invocation too: a later one must not judge an order otherwise."""
    for order_id in system.shop.orders.ids[OLD:]:
        system.shop.orders.change(order_id, created_at=str(now(system) - timedelta(days=DAYS + 1))[:19])
    run = system.claim(website)
    system.app.age(run, 2 * 24 * 60)

    assert system.syncer.run(website, run)["importedCustomers"] > 0
    assert outcomes(system, website)[0] == []


def test_the_limit_of_the_first_run_holds_in_later_runs(system: System, website: str) -> None:
    """The cutoff is fixed when the first import starts; orders placed after it are never too old."""
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.switch_on(failures.internal_error(), "order", after=45)
    first = system.sync(website)
    system.app.age(str(first["runId"]), minutes=10 * 24 * 60)
    system.shop.failures.switch_off()
    between = str(now(system) - timedelta(days=DAYS + 5))[:19]
    system.shop.orders.add(store_id=1, created_at=between, customer_email="between@example.com")

    second = system.sync(website)

    assert (first["status"], second["status"]) == ("FAILED", "COMPLETED")
    assert first["watermark"]
    assert len(outcomes(system, website)[0]) == OLD
    assert "between@example.com" in system.app.emails(website)


def test_an_old_order_that_could_not_be_read_at_first_stays_too_old(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.internal_error(), "list")
    damaged = system.shop.orders.ids[3]
    system.shop.failures.damage(damaged)
    system.sync(website)
    system.shop.failures.heal()
    system.let_retries_come()

    system.sync(website)

    assert system.app.ledger(website)[damaged] == "too_old"


def test_a_dry_run_has_the_same_limit(system: System, website: str) -> None:
    by_list = system.dry_run(website)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    by_id = system.dry_run(website)

    ids = system.shop.orders.ids
    assert by_list["orders"]["too_old"] == []
    assert by_id["orders"]["too_old"] == ids[:OLD]
    assert by_list["orders"]["imported"] == by_id["orders"]["imported"]
    assert by_list["importedCustomers"] > 0


def test_no_order_is_too_old_without_a_limit(system: System, website: str) -> None:
    system.set(first_import_days=0)
    system.shop.failures.switch_on(failures.internal_error(), "list")

    system.sync(website)

    assert outcomes(system, website) == ([], system.shop.orders.ids)


def test_the_limit_does_not_hold_for_a_website_that_an_earlier_system_synced(system: System) -> None:
    system.set(first_import_days=DAYS, look_ahead=60)
    orders = many_orders(20, store_ids=(1,), seed=3)
    system.shop.orders.reset(orders)
    website = system.add_website("mokken.example", magentoLastEntityId=orders[4]["entity_id"])

    assert system.sync(website)["ordersFetched"] == 15
    assert outcomes(system, website)[0] == []


def test_a_limited_first_import_reports_a_missing_permission(system: System, website: str) -> None:
    system.shop.access.change("sync", permissions=frozenset({STORES}))

    summary = system.sync(website)

    assert summary["errorCode"] == "PERMISSION_MISSING"
    assert system.app.run(str(summary["runId"]))["errorParameters"] == {"permission": ORDERS}


def test_a_damaged_order_after_a_wide_jump_of_the_ids_costs_few_requests(system: System, website: str) -> None:
    recent = str(now(system))[:19]
    for number in range(3):
        system.shop.orders.commit(50_000_000 + number, store_id=1, created_at=recent)
    system.shop.failures.switch_on(failing_on(BY_DATE, failures.internal_error()), "list")
    system.sync(website)
    clean = len(system.shop.requests)
    system.shop.requests.clear()
    system.shop.failures.damage(50_000_000)
    another = system.add_website("mokken.example")

    summary = system.sync(another)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert len(system.shop.requests) - clean < 55
