"""Where the order list cannot be used, orders are read by their ids, and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from tests.support.expected import expected_customers, expected_outcomes
from tests.support.shop_client import max_concurrent
from tests.support.shop_failures import (
    PAUSES,
    FailingOrders,
    count_refused,
    delayed,
    failing_first,
    on_request_for,
    random_failure,
)

if TYPE_CHECKING:
    from local.shop.failures import Failure
    from magento_sync.sync.result import Summary
    from tests.support.system import System

pytestmark = pytest.mark.usefixtures("without_pauses")

BROKEN_LISTS = {
    "500": failures.internal_error(),
    "fatal": failures.fatal_error(),
    "404": failures.not_found(),
    "message only": failures.message_only(),
}


def asked_ids(system: System) -> list[int]:
    """Returns the ids of the orders that were asked for alone."""
    return [int(request.path.rsplit("/", 1)[1]) for request in system.shop.requests if request.kind == "order"]


def own_orders(ledger: dict[int, str]) -> dict[int, str]:
    """Returns the part of a ledger that is of the website's own store."""
    return {order_id: outcome for order_id, outcome in ledger.items() if outcome != "other_store"}


def all_invocations(system: System, website: str) -> list[Summary]:
    """Returns the summaries of all invocations of a run, with time for one page each."""
    system.seconds_left = 80.0
    summaries = [system.sync(website)]
    while summaries[-1]["status"] == "CONTINUED" and len(summaries) < 60:
        summaries.append(system.syncer.run(*system.continued[-1]))
    system.seconds_left = 900.0
    return summaries


@pytest.mark.parametrize("failure", BROKEN_LISTS.values(), ids=BROKEN_LISTS.keys())
def test_all_orders_are_read_where_the_list_is_broken(system: System, failure: Failure) -> None:
    system.set(look_ahead=60)
    system.shop.failures.switch_on(failure, "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["method"] == "probing"
    ledger = system.app.ledger(website)
    assert own_orders(ledger) == expected_outcomes("mokken.example")
    assert summary["watermark"] == 61
    assert 5 not in ledger
    assert system.app.runs(website)[0]["methodReason"] in {"SHOP_ERROR", "ANSWER_UNUSABLE"}


def test_orders_are_asked_for_one_after_the_other_and_no_further_than_the_look_ahead(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    system.sync(website)

    assert max_concurrent(system.shop.requests) == 1
    assert max(asked_ids(system)) <= 61 + 60 + 40


def test_the_next_run_finds_late_and_new_orders(system: System) -> None:
    system.set(look_ahead=60)
    reserved = system.shop.orders.reserve()
    system.shop.orders.add(store_id=1, customer_email="after@example.com")
    system.shop.failures.switch_on(failures.internal_error(), "list")
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
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.damage(4, 61)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 2
    assert system.app.ledger(website)[4] == "failed"


def test_a_shop_where_no_order_answers_is_not_an_empty_shop(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.orders.reset()
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "SHOP_ERROR"


def test_a_damaged_first_order_does_not_block_its_website(system: System) -> None:
    system.set(look_ahead=10)
    system.shop.orders.reset(many_orders(5, store_ids=(1,)))
    first, *others = system.shop.orders.ids
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.damage(first)
    website = system.add_website("mokken.example")

    assert system.sync(website)["status"] == "COMPLETED"

    ledger = system.app.ledger(website)
    assert ledger.pop(first) == "failed"
    assert sorted(ledger) == others


def test_an_outage_while_orders_are_read_makes_no_order_missing_or_damaged(system: System) -> None:
    system.set(look_ahead=60)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.switch_on(failures.internal_error(), "order", after=20)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert "failed" not in system.app.ledger(website).values()
    assert len(system.shop.requests) < 40


@pytest.mark.parametrize("failure", [failures.error_page(404), failures.plain_error(404)], ids=["html", "text"])
def test_a_firewall_s_404_is_not_a_gap(system: System, failure: Failure) -> None:
    system.set(look_ahead=60, gap_window=0)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.switch_on(failure, "order", after=10)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "SHOP_ERROR")
    system.shop.failures.switch_off(failure)
    assert system.sync(website)["status"] == "COMPLETED"
    assert system.app.emails(website) == sorted(email for email, _, _ in expected_customers("mokken.example"))


def test_no_id_is_asked_for_again_after_a_hand_over(system: System) -> None:
    """Otherwise a run over a slow shop would begin its look-ahead anew in every invocation, and never end."""
    system.set(look_ahead=200, gap_window=100)
    system.shop.orders.reset(many_orders(50, store_ids=(1,), seed=4))
    for _ in range(30):
        system.shop.orders.reserve()
    system.shop.orders.add(store_id=1)
    website = system.add_website("mokken.example")
    system.sync(website)
    highest = max(system.app.ledger(website))
    gaps = set(range(1, highest)) - set(system.app.ledger(website))
    system.shop.requests.clear()
    system.shop.failures.switch_on(failures.internal_error(), "list")

    summaries = all_invocations(system, website)

    assert len(summaries) > 3
    assert (summaries[-1]["status"], summaries[-1]["method"]) == ("COMPLETED", "probing")
    asked = [order_id for order_id in asked_ids(system) if order_id not in system.app.ledger(website)]
    assert len(asked) == len(set(asked))
    assert set(asked) >= {order_id for order_id in gaps if order_id > highest - 100} | set(
        range(highest + 1, highest + 201)
    )


@pytest.mark.parametrize("invocations", ["one", "many"])
def test_after_twenty_damaged_orders_the_run_fails_before_the_next_one_and_the_next_run_continues(
    system: System, invocations: str
) -> None:
    orders = many_orders(100, store_ids=(1,), seed=4)
    ids = [order["entity_id"] for order in orders]
    damaged = ids[10:70:2]
    system.shop.orders.reset(orders)
    system.shop.failures.damage(*damaged)
    system.set(look_ahead=60)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    summaries = [system.sync(website)] if invocations == "one" else all_invocations(system, website)

    assert (summaries[-1]["status"], summaries[-1]["errorCode"]) == ("FAILED", "TOO_MANY_DAMAGED")
    assert summaries[-1]["failedOrders"] == 20
    assert sorted(system.app.ledger(website)) == [order_id for order_id in ids if order_id < damaged[20]]
    assert summaries[-1]["watermark"] == ids[ids.index(damaged[20]) - 1]

    system.seconds_left = 900.0
    assert system.sync(website)["status"] == "COMPLETED"
    assert sorted(system.app.ledger(website)) == ids


def test_a_list_that_recovers_is_used_again(system: System) -> None:
    orders = many_orders(600, store_ids=(1,), seed=4)
    system.shop.orders.reset(orders)
    system.set(gap_window=1_000_000)  # so that nothing is pruned from the ledger
    system.shop.failures.switch_on(failures.internal_error(), "list", times=5)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert sorted(system.app.ledger(website)) == [order["entity_id"] for order in orders]
    assert system.app.runs(website)[0]["methodReason"] is None
    assert 200 < len(asked_ids(system)) < 450


def test_a_list_that_stays_broken_is_asked_rarely(system: System) -> None:
    system.shop.orders.reset(many_orders(300, store_ids=(1,), seed=4))
    system.set(look_ahead=100)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    assert system.sync(website)["method"] == "probing"

    assert (
        len([request for request in system.shop.requests if request.kind == "list"]) < 4 + len(asked_ids(system)) / 100
    )


@pytest.mark.parametrize("failure", [failures.plain_error(502), delayed()], ids=["bad gateway", "stalls"])
def test_an_order_that_fails_in_another_way_costs_itself(
    system: System, failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("magento_sync.magento.client.READ_SECONDS", 0.5)
    system.set(look_ahead=60)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.switch_on(FailingOrders(failure, 4), "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert own_orders(system.app.ledger(website)) == expected_outcomes("mokken.example") | {4: "failed"}


def test_a_batch_that_takes_long_is_stored_in_parts(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.magento.orders.id_reader.BATCH_SECONDS", 0.0)
    system.set(look_ahead=10)
    system.shop.orders.reset(many_orders(20, store_ids=(1,), seed=4))
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    summaries = all_invocations(system, website)

    assert len(summaries) > 10
    assert len(system.app.ledger(website)) == 20


def test_a_run_whose_list_breaks_half_way_shows_no_expected_count(system: System) -> None:
    system.shop.orders.reset(many_orders(60, store_ids=(1,), seed=4))
    system.set(look_ahead=20)
    system.shop.failures.switch_on(failures.internal_error(), "list", after=2)
    website = system.add_website("mokken.example")

    assert system.sync(website)["method"] == "probing"

    run = system.app.runs(website)[0]
    assert run["ordersFetched"] == 60
    assert run["expectedOrders"] is None


def _arrive(system: System, up_to: int) -> None:
    while system.shop.orders.ids[-1] < up_to:
        system.shop.orders.add(store_id=1, customer_email=f"new{system.shop.orders.ids[-1]}@example.com")


def _with_a_broken_list(system: System, orders: int, look_ahead: int) -> str:
    system.set(look_ahead=look_ahead)
    system.shop.orders.reset(many_orders(orders, store_ids=(1,), seed=4))
    system.shop.failures.switch_on(failures.internal_error(), "list")
    return system.add_website("mokken.example")


def test_orders_that_arrive_below_ids_that_were_asked_for_are_read_before_any_above(system: System) -> None:
    """Otherwise the watermark would pass them, and beyond the window of gaps no run asks for them again."""
    website = _with_a_broken_list(system, orders=5, look_ahead=120)
    system.set(gap_window=30)
    system.seconds_left = 80.0
    summaries = [system.sync(website)]
    while _asked_up_to(system, website) < 80:
        summaries.append(system.syncer.run(*system.continued[-1]))
    _arrive(system, 110)
    system.seconds_left = 900.0

    assert system.syncer.run(*system.continued[-1])["status"] == "COMPLETED"

    assert _arrived(system) <= set(system.app.emails(website))


def test_a_jump_of_the_numbering_does_not_keep_a_run_for_ever(system: System) -> None:
    """A slow shop's run has time for one page in each invocation."""
    website = _with_a_broken_list(system, orders=5, look_ahead=130)
    newest = system.shop.orders.ids[-1]
    for _ in range(100):
        system.shop.orders.reserve()
    for _ in range(5):
        system.shop.orders.add(store_id=1)

    summaries = all_invocations(system, website)

    assert summaries[-1]["status"] == "COMPLETED"
    assert max(asked_ids(system).count(order_id) for order_id in range(newest + 40, newest + 100)) <= 3
    assert set(system.app.ledger(website)) == set(system.shop.orders.ids)


def test_orders_that_keep_arriving_do_not_send_the_run_back_again_and_again(system: System) -> None:
    website = _with_a_broken_list(system, orders=5, look_ahead=130)
    newest = system.shop.orders.ids[-1]
    for _ in range(100):
        system.shop.orders.reserve()
    system.shop.orders.add(store_id=1)

    system.seconds_left = 80.0
    summaries = [system.sync(website)]
    while summaries[-1]["status"] == "CONTINUED" and len(summaries) < 40:
        if len(summaries) < 20:
            system.shop.orders.add(store_id=1)
        summaries.append(system.syncer.run(*system.continued[-1]))

    assert summaries[-1]["status"] == "COMPLETED"
    assert max(asked_ids(system).count(order_id) for order_id in range(newest + 40, newest + 100)) <= 3
    assert set(system.app.ledger(website)) == set(system.shop.orders.ids)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_id_that_fails_by_chance_does_not_lift_the_watermark_over_orders_to_come(system: System, times: int) -> None:
    website = _with_a_broken_list(system, orders=5, look_ahead=100)
    system.set(gap_window=30)
    newest = system.shop.orders.ids[-1]
    system.shop.failures.switch_on(failing_first(newest + 90, times), "order")

    assert system.sync(website)["watermark"] == newest
    system.let_retries_come()
    assert system.sync(website)["watermark"] == newest

    system.shop.failures.switch_off()
    _arrive(system, newest + 50)
    assert system.sync(website)["status"] == "COMPLETED"
    assert _arrived(system) <= set(system.app.emails(website))


def test_single_failures_by_chance_quarantine_no_order(system: System) -> None:
    website = _with_a_broken_list(system, orders=60, look_ahead=200)
    system.shop.failures.switch_on(random_failure(0.02, 4), "order")

    assert system.sync(website)["status"] == "COMPLETED"

    assert "failed" not in system.app.ledger(website).values()


def test_the_newest_order_may_be_damaged(system: System) -> None:
    """It is quarantined, and the watermark passes it as soon as another order above it answers."""
    website = _with_a_broken_list(system, orders=5, look_ahead=50)
    *_, before, newest = system.shop.orders.ids
    system.shop.failures.damage(newest)

    look = system.dry_run(website)
    first = system.sync(website)

    assert (look["failedOrders"], look["watermark"]) == (1, before)
    assert (first["status"], first["failedOrders"], first["watermark"]) == ("COMPLETED", 1, before)
    assert system.app.ledger(website)[newest] == "failed"
    system.let_retries_come()
    assert system.sync(website)["watermark"] == before
    another = system.shop.orders.add(store_id=1)
    assert system.sync(website)["watermark"] == another
    system.shop.failures.heal(newest)
    system.let_retries_come()
    system.sync(website)
    assert "failed" not in system.app.ledger(website).values()


@pytest.mark.parametrize(
    "failure",
    [
        failures.error_page(403),
        failures.plain_error(404),
        failures.plain_error(400),
        failures.redirect("https://shop.example/"),
    ],
    ids=["firewall", "page not found", "refused", "redirected"],
)
def test_an_order_whose_address_is_refused_costs_itself(system: System, failure: Failure) -> None:
    website = _with_a_broken_list(system, orders=5, look_ahead=20)
    _, refused, *_ = system.shop.orders.ids
    system.shop.failures.switch_on(FailingOrders(failure, refused), "order")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert system.app.ledger(website)[refused] == "failed"


def test_a_long_pause_that_the_shop_asks_for_is_made(system: System) -> None:
    website = _with_a_broken_list(system, orders=5, look_ahead=20)
    system.shop.failures.switch_on(failures.error_page(429, retry_after="7200"), "order", after=3)

    assert system.sync(website)["errorCode"] == "TOO_MANY_REQUESTS"

    assert "failed" not in system.app.ledger(website).values()
    assert len(asked_ids(system)) == 4


@pytest.mark.parametrize(("failure", "code", "most"), PAUSES)
def test_a_pause_asked_for_where_the_list_is_tried_again_is_made(
    system: System, monkeypatch: pytest.MonkeyPatch, failure: Failure, code: str, most: int
) -> None:
    monkeypatch.setattr("magento_sync.magento.shop.PAGES_BETWEEN_LIST_CHECKS", 1)
    system.shop.orders.reset(many_orders(5, store_ids=(1,), seed=4))
    system.shop.failures.switch_on(
        failures.internal_error(), "list", times=4
    )  # a page, and the control request three times
    system.shop.failures.switch_on(failure, "list")
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_an_order_that_is_found_damaged_twice_in_a_run_is_counted_once(system: System) -> None:
    """It was the newest; then orders arrive below ids that were asked for, and the run asks for those ids again."""
    website = _with_a_broken_list(system, orders=5, look_ahead=100)
    system.set(gap_window=50)
    newest = system.shop.orders.ids[-1]
    system.shop.failures.damage(newest)
    system.shop.failures.switch_on(on_request_for(newest + 90, lambda: _arrive(system, newest + 92)), "order")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"], summary["watermark"]) == ("COMPLETED", 1, newest + 92)
    assert _arrived(system) <= set(system.app.emails(website))


@pytest.mark.parametrize("times", [5, 20, 37, 38, 60])
def test_no_order_is_lost_where_all_orders_are_missing_for_a_while(system: System, times: int) -> None:
    """Such as in a database that lags behind."""
    website = _with_a_broken_list(system, orders=120, look_ahead=50)
    system.shop.failures.switch_on(failures.not_found(), "order", after=45, times=times)

    summaries = [system.sync(website) for _ in range(3)]

    assert summaries[-1]["status"] == "COMPLETED"
    assert sum(summary["ordersFetched"] for summary in summaries) == 120


def test_a_shop_whose_orders_are_all_missing_is_left_alone_soon(system: System) -> None:
    website = _with_a_broken_list(system, orders=60, look_ahead=1000)
    system.shop.failures.switch_on(failures.not_found(), "order", after=50)

    assert system.sync(website)["errorCode"] == "SHOP_ERROR"

    assert len(asked_ids(system)) < 50 + 2 * 40 + 5


@pytest.mark.parametrize("gone", ["deleted", "damaged"])
def test_the_newest_known_orders_may_be_deleted_or_damaged(system: System, gone: str) -> None:
    website = _with_a_broken_list(system, orders=20, look_ahead=50)
    system.sync(website)
    for order_id in system.shop.orders.ids[-2:]:
        if gone == "deleted":
            system.shop.orders.delete(order_id)
        else:
            system.shop.failures.damage(order_id)

    assert system.sync(website)["status"] == "COMPLETED"


def _asked_up_to(system: System, website: str) -> int:
    return int(system.app.runs(website)[-1]["probedUpTo"])


def _arrived(system: System) -> set[str]:
    orders = [system.shop.orders.get(order_id) or {} for order_id in system.shop.orders.ids]
    return {email for order in orders if (email := str(order["customer_email"])).startswith("new")}
