"""A shop that was restored or reinstalled is noticed, and an idle one is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from tests.support.leases import minutes_ago
from tests.support.shop_failures import PAUSES, FailingOn, count_refused

if TYPE_CHECKING:
    from tests.support.system import System


def _days_ago(days: float) -> str:
    return str(minutes_ago(days * 24 * 60))[:19]


@pytest.fixture
def website(system: System) -> str:
    """A website that has been synced, with a day gone by since."""
    system.shop.orders.reset(many_orders(500, store_ids=(1,), seed=5))
    system.set(page_size=300)
    website = system.add_website("mokken.example")
    assert system.sync(website)["status"] == "COMPLETED"
    system.app.rows.execute("""UPDATE "MagentoSyncOrder" SET "recordedAt" = "recordedAt" - interval '10 days'""")
    system.shop.forget_requests()
    return website


def newest_asked(system: System) -> int:
    return sum(one.query.get("searchCriteria[sortOrders][0][direction]") == "DESC" for one in system.shop.requests)


def test_ids_far_below_the_watermark(system: System, website: str) -> None:
    system.shop.orders.reset(many_orders(20, store_ids=(1,), seed=6))

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "SHOP_RESET")
    assert "docs/operations.md" in system.app.run(str(summary["runId"]))["errorMessage"]


def test_an_id_that_was_used_again(system: System, website: str) -> None:
    ids = system.shop.orders.ids
    system.shop.orders.delete(*ids[-5:])
    system.shop.orders.change(ids[-6], created_at=_days_ago(5))

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


@pytest.mark.parametrize(
    ("created", "told"),
    [("2024-01-02T10:00:00+02:00", None), (f"{_days_ago(5)}Z".replace(" ", "T"), "SHOP_RESET"), (_days_ago(9.5), None)],
    ids=["long ago", "since", "clocks differ"],
)
def test_a_date_says_whether_an_id_was_used_again(system: System, website: str, created: str, told: str | None) -> None:
    system.shop.orders.change(system.shop.orders.ids[-1], created_at=created)

    assert system.sync(website)["errorCode"] == told


def test_a_shop_s_clock_may_be_ahead(system: System, website: str) -> None:
    """An order of this evening is one of the future only for those whose clock is right."""
    system.shop.orders.change(system.shop.orders.ids[-1], created_at=_days_ago(-0.5))

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


def test_an_order_of_the_future_is_no_new_start(system: System, website: str) -> None:
    """A wrong clock, or an import of orders yet to be delivered."""
    system.shop.orders.change(system.shop.orders.ids[-1], created_at="2099-01-01 00:00:00")

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_that_does_not_show_its_newest_order(
    system: System, website: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sorts upwards whatever is asked for, as all other requests want it."""
    monkeypatch.setattr(type(system.shop.orders), "_sorted", lambda _orders, ids, _criteria: sorted(ids))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_damaged_newest_order_is_no_new_start(system: System, website: str) -> None:
    system.shop.failures.damage(system.shop.orders.ids[-1])

    assert system.sync(website)["status"] == "COMPLETED"


@pytest.mark.parametrize(("fault", "code", "most"), PAUSES)
@pytest.mark.usefixtures("without_pauses")
def test_a_pause_asked_for_at_the_look_is_kept(
    system: System, website: str, fault: failures.Failure, code: str, most: int
) -> None:
    system.shop.failures.switch_on(FailingOn("=DESC", fault), "list")

    assert system.sync(website)["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_a_few_deleted_orders_are_no_new_start_however_few_gaps_are_looked_at(system: System, website: str) -> None:
    system.set(gap_window=0)
    system.shop.orders.delete(*system.shop.orders.ids[-250:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_as_many_as_gaps_are_looked_at_may_be_deleted(system: System, website: str) -> None:
    system.set(gap_window=450)
    system.shop.orders.delete(*system.shop.orders.ids[-400:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_newer_order_of_another_store_is_no_new_start(system: System, website: str) -> None:
    system.shop.orders.add(store_id=2)

    assert system.sync(website)["status"] == "COMPLETED"


def test_an_emptied_shop(system: System, website: str) -> None:
    system.shop.orders.reset()

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


def test_deleted_orders_are_no_new_start(system: System, website: str) -> None:
    system.shop.orders.delete(*system.shop.orders.ids[-5:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_an_idle_shop_is_asked_once_a_day(system: System, website: str) -> None:
    for _ in range(3):
        assert system.sync(website)["status"] == "COMPLETED"
    assert newest_asked(system) == 1

    system.app.rows.execute(
        """UPDATE "MagentoSyncRun" SET "newestCheckedAt" = "newestCheckedAt" - interval '25 hours'"""
    )
    system.sync(website)

    assert newest_asked(system) == 2


def test_a_shop_with_new_orders_is_not_asked(system: System, website: str) -> None:
    system.shop.orders.add(store_id=1)

    system.sync(website)

    assert newest_asked(system) == 0


def test_an_id_that_failed_before_its_order_was_there_is_no_new_start(system: System, website: str) -> None:
    """Read one by one, an id may fail by chance above all orders; then another store's order gets it."""
    before_its_time = system.shop.orders.ids[-1] + 1
    system.app.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "reasonCode", "failedSince", "nextAttemptAt", "recordedAt")
        VALUES (%s, %s, 'failed', 'ORDER_DAMAGED', %s, %s, %s)""",
        [website, before_its_time, minutes_ago(10 * 24 * 60), minutes_ago(-60), minutes_ago(10 * 24 * 60)],
    )
    assert system.shop.orders.add(store_id=2, created_at=_days_ago(0)) == before_its_time

    assert system.sync(website)["status"] == "COMPLETED"
