"""A quarantined order is tried again, ever more rarely, and never fails the run that tries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from tests.support.expected import expected_outcomes
from tests.support.shop_failures import count_refused, fixed_json

if TYPE_CHECKING:
    from local.shop.failures import Failure
    from tests.support.system import System

pytestmark = pytest.mark.usefixtures("without_pauses")

OTHERS = {
    "500": failures.internal_error(),
    "502": failures.plain_error(502),
    "reset": failures.reset(),
    "400": failures.localized_error(),
    "another permission": failures.missing_permission(),
    "wrong signature": fixed_json(401, {"message": "The signature is invalid. Verify and try again."}),
    "firewall": failures.error_page(403),
    "not acceptable": failures.error_page(406),
    "page not found": failures.error_page(404),
    "not found": failures.not_found(),
    "redirected": failures.redirect("https://shop.example"),
    "503": failures.error_page(503),
    "503 of a cache": failures.error_page(503, "1"),
    "503 with a date in the past": failures.error_page(503, failures.http_date(0)),
    "429": failures.error_page(429),
}


def quarantine(system: System, *order_ids: int) -> str:
    """Returns a website whose orders of these ids are quarantined and due for another attempt."""
    system.shop.failures.damage(*order_ids)
    website = system.add_website("mokken.example")
    assert system.sync(website)["failedOrders"] == len(order_ids)
    system.let_retries_come()
    system.shop.requests.clear()
    return website


def attempts(system: System) -> list[int]:
    """Returns how often each quarantined order was tried."""
    rows = system.app.rows.execute(
        """SELECT "attempts" FROM "MagentoSyncOrder" WHERE "outcome" = 'failed' ORDER BY "orderId" """
    )
    return [row["attempts"] for row in rows]


def test_an_order_that_can_be_read_again_is_imported_when_its_time_has_come(system: System) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.failures.heal(4)

    too_early = system.scheduled_sync(website)
    system.let_retries_come()
    in_time = system.scheduled_sync(website)

    assert (too_early["importedCustomers"], in_time["importedCustomers"]) == (0, 1)
    assert system.app.ledger(website)[4] == "imported"
    assert "long@example.com" in system.app.emails(website)


def test_an_order_that_stays_damaged_is_tried_ever_more_rarely(system: System) -> None:
    website = quarantine(system, 4)

    for attempt in (2, 3):
        system.let_retries_come()
        system.scheduled_sync(website)
        row = system.app.rows.execute(
            """SELECT *, round(extract(epoch FROM "nextAttemptAt" - "recordedAt") / 3600) AS hours
            FROM "MagentoSyncOrder" WHERE "outcome" = 'failed'"""
        ).fetchone()
        assert row is not None
        assert (row["attempts"], row["hours"], row["reasonCode"]) == (attempt, 2 ** (attempt - 1), "ORDER_DAMAGED")


def test_quarantined_orders_wait_where_there_is_no_time(system: System) -> None:
    website = quarantine(system, 4)
    system.seconds_left = 80.0

    assert system.sync(website)["status"] == "COMPLETED"

    assert attempts(system) == [1]


@pytest.mark.parametrize("failure", OTHERS.values(), ids=OTHERS.keys())
def test_whatever_a_quarantined_order_meets_the_run_is_completed(system: System, failure: Failure) -> None:
    website = quarantine(system, 4, 6)
    system.shop.failures.heal()
    system.shop.failures.damage(4, failure=failure)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("COMPLETED", None)
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
    assert attempts(system) == [2]


@pytest.mark.parametrize("failure", OTHERS.values(), ids=OTHERS.keys())
def test_each_quarantined_order_is_tried_while_the_list_answers(system: System, failure: Failure) -> None:
    website = quarantine(system, 4, 6)
    system.shop.failures.switch_on(failure, "order")

    assert system.sync(website)["status"] == "COMPLETED"

    assert attempts(system) == [2, 2]


@pytest.mark.parametrize("failure", [failures.maintenance(), failures.reset(), failures.plain_error(502)])
def test_the_other_quarantined_orders_wait_once_the_shop_is_down(system: System, failure: Failure) -> None:
    website = quarantine(system, 4, 6)
    system.shop.failures.switch_on(failure, "order")
    system.shop.failures.switch_on(failure, "list", after=1)

    assert system.sync(website)["status"] == "COMPLETED"

    assert attempts(system) == [2, 1]


@pytest.mark.parametrize("failure", [failures.error_page(429, "7200"), failures.maintenance("7200")])
def test_a_long_pause_leaves_the_quarantined_orders_for_another_run(system: System, failure: Failure) -> None:
    website = quarantine(system, 4, 6)
    system.shop.failures.switch_on(failure, "order")

    assert system.sync(website)["status"] == "COMPLETED"

    assert count_refused(system) == 1
    assert attempts(system) == [1, 1]


def test_orders_that_were_read_before_a_long_pause_are_imported(system: System) -> None:
    """Otherwise a shop that allows a few requests at a time would never be done with more orders than that."""
    website = quarantine(system, 4, 6)
    system.shop.failures.heal()
    system.shop.failures.switch_on(failures.error_page(429, "7200"), "order", after=1)

    assert system.sync(website)["status"] == "COMPLETED"

    assert [system.app.ledger(website)[order_id] for order_id in (4, 6)] == ["imported", "failed"]
    assert attempts(system) == [1]


@pytest.mark.parametrize("change", [{"store_id": 2}, {"store_id": None}], ids=["other", "deleted"])
def test_an_order_of_another_store_by_now_is_not_imported(system: System, change: dict[str, Any]) -> None:
    website = quarantine(system, 4)
    system.shop.failures.heal()
    system.shop.orders.change(4, **change)

    summary = system.sync(website)

    assert summary["importedCustomers"] == 0
    assert system.app.ledger(website)[4] == "other_store"
