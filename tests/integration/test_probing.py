"""Where the list cannot be used, orders are read one id at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures
from local.shop.log import most_at_once
from tests.expected import expected_outcomes

if TYPE_CHECKING:
    from local.shop.failures import Fault
    from tests.integration.system import System

BROKEN_LISTS = {
    "500": failures.InternalError(),
    "fatal": failures.FatalError(),
    "404": failures.NotFound(),
    "message only": failures.MessageOnly(),
}


@pytest.mark.parametrize("fault", BROKEN_LISTS.values(), ids=BROKEN_LISTS.keys())
def test_a_broken_list_is_got_around(system: System, fault: Fault) -> None:
    system.set(look_ahead=60)
    system.shop.faults.switch_on(fault, "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["method"] == "probing"
    expected = expected_outcomes("mokken.example")
    ledger = system.app.ledger(website)
    assert {one: what for one, what in ledger.items() if what != "other_store"} == expected
    assert summary["watermark"] == 61
    assert 5 not in ledger
    assert system.app.runs(website)[0]["methodReason"] in {"SHOP_ERROR", "ANSWER_UNUSABLE"}


def test_two_at_a_time_and_no_further_than_the_look_ahead(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.faults.switch_on(failures.InternalError(), "list")
    website = system.add_website("mokken.example")

    system.sync(website)

    asked = [one for one in system.shop.requests if one.kind == "order"]
    assert most_at_once(asked) <= 2
    assert max(int(one.path.rsplit("/", 1)[1]) for one in asked) <= 61 + 60 + 40


def test_the_next_run_goes_on_and_finds_late_orders(system: System) -> None:
    system.set(look_ahead=60)
    reserved = system.shop.orders.reserve()
    system.shop.orders.add(store_id=1, customer_email="after@example.com")
    system.shop.faults.switch_on(failures.InternalError(), "list")
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.orders.commit(reserved, store_id=1, customer_email="late@example.com")
    system.shop.orders.add(store_id=1, customer_email="new@example.com")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] == 2
    assert {"late@example.com", "after@example.com", "new@example.com"} <= set(system.app.emails(website))


def test_damaged_orders_are_quarantined(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.faults.switch_on(failures.InternalError(), "list")
    system.shop.faults.damage(4, 61)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 2
    assert system.app.ledger(website)[4] == "failed"


def test_nothing_to_hold_on_to_is_an_error_and_no_empty_shop(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.orders.reset()
    system.shop.faults.switch_on(failures.InternalError(), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "SHOP_ERROR"


def test_an_outage_in_the_middle_marks_nothing_as_missing_or_damaged(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.faults.switch_on(failures.InternalError(), "list")
    system.shop.faults.switch_on(failures.InternalError(), "order", after=20)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert "failed" not in system.app.ledger(website).values()


def test_a_firewall_s_404_is_no_gap(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.faults.switch_on(failures.InternalError(), "list")
    system.shop.faults.switch_on(failures.PlainError(404), "order", after=10)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "WRONG_ADDRESS"
