"""A broken order never blocks its website, and is never given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders

if TYPE_CHECKING:
    from tests.integration.system import System

COUNT = 5000
DAMAGED_PLACES = (700, 2400, 4999)


@pytest.fixture
def large(system: System) -> System:
    """A shop of 5,000 orders of one store view, and the usual page size."""
    system.shop.orders.reset()
    for order in many_orders(COUNT, store_ids=(1,), seed=7):
        system.shop.orders.put(order)
    system.set(page_size=100, gap_window=1_000_000)  # nothing is pruned, so that the ledger tells all
    return system


def all_ids() -> list[int]:
    return sorted(order["entity_id"] for order in many_orders(COUNT, store_ids=(1,), seed=7))


def test_three_of_5000_cost_few_requests_and_no_other_order(large: System) -> None:
    clean = large.add_website("mokken.example")
    large.sync(clean)
    clean_requests = len(large.shop.requests)
    large.shop.forget_requests()
    ids = all_ids()
    damaged = [ids[place] for place in DAMAGED_PLACES]
    large.shop.faults.damage(*damaged)
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 3
    assert summary["ordersFetched"] == COUNT
    ledger = large.app.ledger(website)
    assert sorted(ledger) == ids
    assert sorted(one for one, outcome in ledger.items() if outcome == "failed") == damaged
    assert len(large.shop.requests) - clean_requests <= 60
    missing = {row["email"] for row in large.app.customers(clean)} - {
        row["email"] for row in large.app.customers(website)
    }
    assert len(missing) <= 3


def test_neighbours_and_the_first_and_last_order(system: System) -> None:
    system.shop.faults.damage(1, 2, 61, 58, 54)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    ledger = system.app.ledger(website)
    assert summary["status"] == "COMPLETED"
    assert {one for one, outcome in ledger.items() if outcome == "failed"} == {1, 2, 54}
    assert len(ledger) == 25


def test_a_healed_order_is_imported_by_a_later_run(system: System) -> None:
    system.shop.faults.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.faults.heal(4)

    too_early = system.sync(website)
    system.app.rows.execute("""UPDATE "MagentoSyncOrder" SET "nextAttemptAt" = now() - interval '1 day'""")
    later = system.sync(website)

    assert too_early["importedCustomers"] == 0
    assert later["importedCustomers"] == 1
    assert system.app.ledger(website)[4] == "imported"
    assert "long@example.com" in system.app.emails(website)


def test_one_that_stays_damaged_is_tried_ever_more_rarely(system: System) -> None:
    system.shop.faults.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)

    for attempt in (2, 3):
        system.app.rows.execute("""UPDATE "MagentoSyncOrder" SET "nextAttemptAt" = now() - interval '1 day'""")
        system.sync(website)
        row = system.app.rows.execute(
            """SELECT *, round(extract(epoch FROM "nextAttemptAt" - "recordedAt") / 3600) AS hours
            FROM "MagentoSyncOrder" WHERE "outcome" = 'failed'"""
        ).fetchone()
        assert row is not None
        assert row["attempts"] == attempt
        assert row["hours"] == 2 ** (attempt - 1)
        assert row["reasonCode"] == "ORDER_DAMAGED"


def test_an_outage_quarantines_nothing(system: System) -> None:
    system.shop.faults.switch_on(failures.InternalError(), after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "SHOP_ERROR"
    assert "failed" not in system.app.ledger(website).values()
    assert len(system.shop.requests) < 10


def test_a_failure_that_passes_loses_nothing(system: System) -> None:
    system.shop.faults.switch_on(failures.InternalError(), "list", times=1, after=1)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 0
    assert len(system.app.ledger(website)) == 25


def test_after_twenty_the_run_stops_before_the_next_one_at_fault(large: System) -> None:
    ids = all_ids()
    damaged = ids[1000:1030]
    large.shop.faults.damage(*damaged)
    website = large.add_website("mokken.example")

    first = large.sync(website)

    assert first["status"] == "FAILED"
    assert first["errorCode"] == "TOO_MANY_DAMAGED"
    assert first["failedOrders"] == 20
    assert first["watermark"] == damaged[19]
    assert sorted(large.app.ledger(website)) == ids[:1020]

    second = large.sync(website)

    assert second["status"] == "COMPLETED"
    assert sorted(large.app.ledger(website)) == ids


def test_a_damaged_order_that_came_late(system: System) -> None:
    reserved = system.shop.orders.reserve()
    system.shop.orders.add(store_id=1, customer_email="after@example.com")
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.orders.commit(reserved, store_id=1, customer_email="late@example.com")
    system.shop.faults.damage(reserved)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website)[reserved] == "failed"


@pytest.mark.parametrize("second", range(12))
def test_failures_by_chance_move_no_watermark(system: System, second: int) -> None:
    """A second 500 while the first is looked into must not make an order of an id that does not exist."""
    website = system.add_website("mokken.example")
    system.sync(website)
    before = system.app.website(website)["magentoLastEntityId"]
    system.shop.faults.switch_on(failures.InternalError(), "list", times=1)
    system.shop.faults.switch_on(failures.InternalError(), "list", times=1, after=second)

    system.sync(website)

    assert system.app.website(website)["magentoLastEntityId"] == before
    assert "failed" not in system.app.ledger(website).values()
    system.shop.faults.switch_off()
    system.shop.orders.add(store_id=1, customer_email="next@example.com")
    assert system.sync(website)["importedCustomers"] == 1


@pytest.mark.parametrize("fault", [failures.Reset(), failures.Maintenance()], ids=["reset", "503"])
def test_a_shop_that_fails_for_good_is_told_and_moves_nothing(
    system: System, fault: failures.Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.001)
    system.shop.faults.switch_on(fault, after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] in {"UNREACHABLE", "MAINTENANCE"}
    assert "failed" not in system.app.ledger(website).values()
