"""A shop whose ids start over is noticed, and an idle shop is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from magento_sync.magento.client import ATTEMPTS
from tests.support.leases import minutes_ago
from tests.support.shop_failures import count_refused, failing_on

if TYPE_CHECKING:
    from tests.support.system import System


def _days_ago(days: float) -> str:
    return str(minutes_ago(days * 24 * 60))[:19]


@pytest.fixture
def website(system: System) -> str:
    """A website that was synced ten days ago."""
    system.shop.orders.reset(many_orders(500, store_ids=(1,), seed=5))
    system.set(page_size=300)
    website = system.add_website("mokken.example")
    assert system.sync(website)["status"] == "COMPLETED"
    system.app.rows.execute("""UPDATE "MagentoSyncOrder" SET "recordedAt" = "recordedAt" - interval '10 days'""")
    system.shop.requests.clear()
    return website


def requests_for_the_newest(system: System) -> int:
    queries = [request.query for request in system.shop.requests]
    return sum(query.get("searchCriteria[sortOrders][0][direction]") == "DESC" for query in queries)


def test_a_newest_id_far_below_the_watermark_shows_that_the_shop_was_reset(system: System, website: str) -> None:
    system.shop.orders.reset(many_orders(20, store_ids=(1,), seed=6))

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "SHOP_RESET")
    assert "docs/operations.md" in system.app.run(str(summary["runId"]))["errorMessage"]


def test_an_order_that_is_younger_than_the_record_of_its_id_shows_that_the_shop_was_reset(
    system: System, website: str
) -> None:
    ids = system.shop.orders.ids
    system.shop.orders.delete(*ids[-5:])
    system.shop.orders.change(ids[-6], created_at=_days_ago(5))

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


@pytest.mark.parametrize(
    ("created", "code"),
    [("2024-01-02T10:00:00+02:00", None), (f"{_days_ago(5)}Z".replace(" ", "T"), "SHOP_RESET"), (_days_ago(9.5), None)],
    ids=["long ago", "since", "clocks differ"],
)
def test_the_date_of_an_order_shows_whether_its_id_was_used_again(
    system: System, website: str, created: str, code: str | None
) -> None:
    system.shop.orders.change(system.shop.orders.ids[-1], created_at=created)

    assert system.sync(website)["errorCode"] == code


def test_an_order_of_the_near_future_is_judged_by_its_date(system: System, website: str) -> None:
    """The shop's clock may be ahead."""
    system.shop.orders.change(system.shop.orders.ids[-1], created_at=_days_ago(-0.5))

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


def test_an_order_of_the_far_future_does_not_look_like_a_reset(system: System, website: str) -> None:
    """The clock was wrong, or orders were imported that are to be delivered later."""
    system.shop.orders.change(system.shop.orders.ids[-1], created_at="2099-01-01 00:00:00")

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_that_sorts_ascending_only_does_not_look_like_a_reset(
    system: System, website: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(system.shop.orders), "_sorted", lambda _orders, ids, _criteria: sorted(ids))

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_damaged_newest_order_does_not_look_like_a_reset(system: System, website: str) -> None:
    system.shop.failures.damage(system.shop.orders.ids[-1])

    assert system.sync(website)["status"] == "COMPLETED"


@pytest.mark.parametrize(
    "failure", [failures.error_page(429, "7200"), failures.maintenance("7200")], ids=["429", "503"]
)
def test_a_long_pause_asked_for_at_the_check_is_made(system: System, website: str, failure: failures.Failure) -> None:
    system.shop.failures.switch_on(failing_on("=DESC", failure), "list")

    assert system.sync(website)["errorCode"] in {"TOO_MANY_REQUESTS", "MAINTENANCE"}

    assert count_refused(system) == 1


@pytest.mark.usefixtures("without_pauses")
def test_a_check_that_a_busy_shop_refuses_is_left_to_another_day(system: System, website: str) -> None:
    system.shop.failures.switch_on(failing_on("=DESC", failures.error_page(429)), "list")

    assert system.sync(website)["status"] == "COMPLETED"

    assert 1 <= count_refused(system) <= ATTEMPTS


def test_some_deleted_orders_do_not_look_like_a_reset_however_small_the_window_of_gaps(
    system: System, website: str
) -> None:
    system.set(gap_window=0)
    system.shop.orders.delete(*system.shop.orders.ids[-250:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_as_many_deleted_orders_as_the_window_of_gaps_holds_do_not_look_like_a_reset(
    system: System, website: str
) -> None:
    system.set(gap_window=450)
    system.shop.orders.delete(*system.shop.orders.ids[-400:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_newer_order_of_another_store_does_not_look_like_a_reset(system: System, website: str) -> None:
    system.shop.orders.add(store_id=2)

    assert system.sync(website)["status"] == "COMPLETED"


def test_a_shop_without_any_order_was_reset(system: System, website: str) -> None:
    system.shop.orders.reset()

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


def test_a_few_deleted_orders_do_not_look_like_a_reset(system: System, website: str) -> None:
    system.shop.orders.delete(*system.shop.orders.ids[-5:])

    assert system.sync(website)["status"] == "COMPLETED"


def test_an_idle_shop_is_asked_for_its_newest_order_once_a_day(system: System, website: str) -> None:
    for _ in range(3):
        assert system.sync(website)["status"] == "COMPLETED"
    assert requests_for_the_newest(system) == 1

    system.app.rows.execute(
        """UPDATE "MagentoSyncRun" SET "newestCheckedAt" = "newestCheckedAt" - interval '25 hours'"""
    )
    system.sync(website)

    assert requests_for_the_newest(system) == 2


def test_a_shop_with_new_orders_is_not_asked_for_its_newest_order(system: System, website: str) -> None:
    system.shop.orders.add(store_id=1)

    system.sync(website)

    assert requests_for_the_newest(system) == 0


def test_an_id_that_failed_before_it_had_an_order_does_not_look_like_a_reset(system: System, website: str) -> None:
    """While probing, an id above all orders may fail by chance; then another store's order gets it."""
    failed_too_early = system.shop.orders.ids[-1] + 1
    system.app.rows.execute(
        """INSERT INTO "MagentoSyncOrder"
            ("websiteId", "orderId", "outcome", "reasonCode", "failedSince", "nextAttemptAt", "recordedAt")
        VALUES (%s, %s, 'failed', 'ORDER_DAMAGED', %s, %s, %s)""",
        [website, failed_too_early, minutes_ago(10 * 24 * 60), minutes_ago(-60), minutes_ago(10 * 24 * 60)],
    )
    assert system.shop.orders.add(store_id=2, created_at=_days_ago(0)) == failed_too_early

    assert system.sync(website)["status"] == "COMPLETED"
