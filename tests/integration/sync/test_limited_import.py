"""A first import limited to recent orders: nobody is mailed about a purchase of years ago, however the shop is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.shop import ORDERS, STORES, failures, many_orders
from tests.support.shop_failures import PAUSES, FailingOn, FirstOrderOnly, count_refused, fixed_json

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
    """A website whose shop has old orders and new ones, and which may import the new ones only."""
    system.set(first_import_days=DAYS, look_ahead=60, gap_window=1_000_000)
    system.shop.orders.reset(many_orders(OLD + NEW, store_ids=(1,), seed=3))
    for order_id in system.shop.orders.ids[OLD:]:
        system.shop.orders.change(order_id, created_at=str(now(system) - timedelta(days=DAYS - 1))[:19])
    return system.add_website("mokken.example")


def bought_before_the_limit(system: System, website: str) -> int:
    limit = now(system) - timedelta(days=DAYS + 1)
    return sum(row["purchaseDate"] < limit for row in system.app.customers(website))


def outcomes(system: System, website: str) -> tuple[list[int], list[int]]:
    """Returns the ids of orders that were too old, and of the others."""
    ledger = system.app.ledger(website)
    too_old = [one for one, what in ledger.items() if what == "too_old"]
    return sorted(too_old), sorted(set(ledger) - set(too_old))


def test_old_orders_are_not_even_read_where_the_shop_can_be_asked_by_date(system: System, website: str) -> None:
    summary = system.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", NEW)
    assert bought_before_the_limit(system, website) == 0
    assert len(system.shop.requests) <= 5


BY_DATE = "[field]=created_at"
NOT_BY_DATE = {
    "500": FailingOn(BY_DATE, failures.InternalError()),
    "400": FailingOn(BY_DATE, failures.PlainError(400)),
    "ignored": FailingOn(BY_DATE, FirstOrderOnly()),
}


@pytest.mark.parametrize("failure", NOT_BY_DATE.values(), ids=NOT_BY_DATE.keys())
def test_where_a_shop_cannot_be_asked_by_date_each_order_is_judged_by_its_own(
    system: System, website: str, failure: failures.Failure
) -> None:
    system.shop.failures.switch_on(failure, "list")

    summary = system.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", OLD + NEW)
    ids = system.shop.orders.ids
    assert outcomes(system, website) == (ids[:OLD], ids[OLD:])
    assert bought_before_the_limit(system, website) == 0
    assert len(system.shop.requests) < 15


def test_an_order_without_a_date_is_too_old_while_a_limit_is_set(system: System, website: str) -> None:
    undated = system.shop.orders.ids[OLD + 3]
    system.shop.orders.change(undated, created_at="0000-00-00 00:00:00")

    system.sync(website)

    assert system.app.ledger(website)[undated] == "too_old"


def test_damaged_orders_do_not_hide_the_recent_ones(system: System, website: str) -> None:
    system.shop.failures.switch_on(NOT_BY_DATE["500"], "list")
    damaged = system.shop.orders.ids[OLD : OLD + 12]
    system.shop.failures.damage(*damaged)

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 12)
    assert len(outcomes(system, website)[1]) == NEW


def test_old_orders_under_new_ids_do_not_hide_recent_orders(system: System, website: str) -> None:
    """Its owner has imported the orders of another shop."""
    for order_id in system.shop.orders.ids[OLD + 10 : OLD + 20]:
        system.shop.orders.change(order_id, created_at="2015-01-01 00:00:00")

    system.sync(website)

    too_old, others = outcomes(system, website)
    ids = system.shop.orders.ids
    assert (too_old, others) == (ids[OLD + 10 : OLD + 20], [*ids[OLD : OLD + 10], *ids[OLD + 20 :]])


@pytest.mark.parametrize("created", ["0000-00-00 00:00:00", None], ids=["zero date", "none"])
def test_old_orders_without_a_date_are_skipped_with_the_others(
    system: System, website: str, created: str | None
) -> None:
    for order_id in system.shop.orders.ids[:OLD]:
        system.shop.orders.change(order_id, created_at=created)

    assert system.sync(website)["ordersFetched"] == NEW


def test_a_shop_that_finds_nothing_by_date_though_its_newest_order_is_recent_is_not_believed(
    system: System, website: str
) -> None:
    system.shop.failures.switch_on(FailingOn(BY_DATE, fixed_json(200, {"items": [], "total_count": 0})), "list")

    system.sync(website)

    assert outcomes(system, website)[1] == system.shop.orders.ids[OLD:]


def test_a_shop_with_only_old_orders_is_skipped_up_to_its_newest(system: System, website: str) -> None:
    system.shop.orders.delete(*system.shop.orders.ids[OLD:])
    newest = system.shop.orders.ids[-1]
    system.shop.orders.add(store_id=2, created_at="2015-01-01 00:00:00")

    summary = system.sync(website)

    assert (summary["ordersFetched"], system.app.website(website)["magentoSyncFloor"]) == (0, newest)
    recent = system.shop.orders.add(store_id=1, created_at=str(now(system))[:19])
    assert (system.sync(website)["ordersFetched"], list(system.app.ledger(website))) == (1, [recent])


def test_a_shop_without_orders_sets_no_floor(system: System, website: str) -> None:
    system.shop.orders.reset()

    assert system.sync(website)["status"] == "COMPLETED"

    assert not system.app.website(website)["magentoSyncFloor"]


@pytest.mark.parametrize(("fault", "code", "most"), PAUSES)
def test_a_shop_that_is_busy_when_asked_by_date_is_left_alone(
    system: System, website: str, fault: failures.Failure, code: str, most: int
) -> None:
    system.shop.failures.switch_on(fault, "list")

    assert system.sync(website)["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_an_id_too_large_for_the_floor_does_not_fail_the_run(system: System, website: str) -> None:
    system.shop.orders.reset()
    system.shop.orders.commit(2**32 - 2, store_id=1, created_at=str(now(system))[:19])

    assert system.sync(website)["errorCode"] is None


def test_old_orders_that_are_probed_are_recorded_and_become_no_customers(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.InternalError(), "list")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    ids = system.shop.orders.ids
    assert outcomes(system, website) == (ids[:OLD], ids[OLD:])
    assert bought_before_the_limit(system, website) == 0
    assert system.app.customers(website)


def test_the_limit_holds_in_every_invocation_of_a_run(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.InternalError(), "list")
    system.seconds_left = 80.0

    summary = system.sync(website)
    while summary["status"] == "CONTINUED" and len(system.continued) < 60:
        summary = system.syncer.run(*system.continued[-1])

    assert len(system.continued) > 2
    assert len(outcomes(system, website)[0]) == OLD


def test_the_cutoff_is_fixed_when_the_first_import_starts(system: System, website: str) -> None:
    """A first import that fails half way keeps the cutoff that it started with; later orders are never too old."""
    system.shop.failures.switch_on(failures.InternalError(), "list")
    system.shop.failures.switch_on(failures.InternalError(), "order", after=45)
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


def test_an_old_order_that_is_quarantined_stays_too_old_when_it_is_retried(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.InternalError(), "list")
    damaged = system.shop.orders.ids[3]
    system.shop.failures.damage(damaged)
    system.sync(website)
    system.shop.failures.heal()
    system.let_retries_come()

    system.sync(website)

    assert system.app.ledger(website)[damaged] == "too_old"


def test_a_dry_run_has_the_same_outcomes(system: System, website: str) -> None:
    by_list = system.dry_run(website)
    system.shop.failures.switch_on(failures.InternalError(), "list")
    by_probing = system.dry_run(website)

    ids = system.shop.orders.ids
    assert by_list["orders"]["too_old"] == []
    assert by_probing["orders"]["too_old"] == ids[:OLD]
    assert by_list["orders"]["imported"] == by_probing["orders"]["imported"]
    assert by_list["importedCustomers"] > 0


def test_without_a_limit_nothing_is_too_old(system: System, website: str) -> None:
    system.set(first_import_days=0)
    system.shop.failures.switch_on(failures.InternalError(), "list")

    system.sync(website)

    assert outcomes(system, website) == ([], system.shop.orders.ids)


def test_the_limit_does_not_apply_to_a_website_that_an_earlier_system_synced(system: System) -> None:
    system.set(first_import_days=DAYS, look_ahead=60)
    orders = many_orders(20, store_ids=(1,), seed=3)
    system.shop.orders.reset(orders)
    website = system.add_website("mokken.example", magentoLastEntityId=orders[4]["entity_id"])

    assert system.sync(website)["ordersFetched"] == 15
    assert outcomes(system, website)[0] == []


def test_a_missing_permission_is_named(system: System, website: str) -> None:
    system.shop.access.change("sync", permissions=frozenset({STORES}))

    summary = system.sync(website)

    assert summary["errorCode"] == "PERMISSION_MISSING"
    assert system.app.run(str(summary["runId"]))["errorParameters"] == {"permission": ORDERS}


def test_a_damaged_order_after_a_wide_gap_costs_few_requests(system: System, website: str) -> None:
    recent = str(now(system))[:19]
    for number in range(3):
        system.shop.orders.commit(50_000_000 + number, store_id=1, created_at=recent)
    system.shop.failures.switch_on(FailingOn(BY_DATE, failures.InternalError()), "list")
    system.sync(website)
    clean = len(system.shop.requests)
    system.shop.forget_requests()
    system.shop.failures.damage(50_000_000)
    another = system.add_website("mokken.example")

    summary = system.sync(another)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert len(system.shop.requests) - clean < 55
