"""A broken order never blocks its website, and is never given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from local.shop import failures, many_orders
from local.shop.failures.switches import Slow
from magento_sync.magento.orders import narrowing
from magento_sync.magento.orders.requests import read_page
from tests.support.expected import expected_outcomes
from tests.support.shop_failures import (
    PAUSES,
    Delayed,
    Scripted,
    count_refused,
    failing_orders,
    fixed_json,
    random_failure,
)

if TYPE_CHECKING:
    from local.shop.http.log import LoggedRequest
    from local.shop.http.request import Kind
    from magento_sync.magento.orders.requests import Page
    from tests.support.system import System

pytestmark = pytest.mark.usefixtures("without_pauses")

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


def _attempts(system: System) -> list[int]:
    rows = system.app.rows.execute(
        """SELECT "attempts" FROM "MagentoSyncOrder" WHERE "outcome" = 'failed' ORDER BY "attempts" """
    )
    return [row["attempts"] for row in rows]


def all_ids() -> list[int]:
    return sorted(order["entity_id"] for order in many_orders(COUNT, store_ids=(1,), seed=7))


def test_three_of_5000_cost_few_requests_and_no_other_order(large: System) -> None:
    clean = large.add_website("mokken.example")
    large.sync(clean)
    clean_requests = len(large.shop.requests)
    large.shop.forget_requests()
    ids = all_ids()
    damaged = [ids[place] for place in DAMAGED_PLACES]
    large.shop.failures.damage(*damaged)
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
    system.shop.failures.damage(1, 2, 61, 58, 54)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    ledger = system.app.ledger(website)
    assert summary["status"] == "COMPLETED"
    assert {one for one, outcome in ledger.items() if outcome == "failed"} == {1, 2, 54}
    assert len(ledger) == 25


def test_a_healed_order_is_imported_by_a_later_run(system: System) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.failures.heal(4)

    too_early = system.scheduled_sync(website)
    system.let_retries_come()
    later = system.scheduled_sync(website)

    assert too_early["importedCustomers"] == 0
    assert later["importedCustomers"] == 1
    assert system.app.ledger(website)[4] == "imported"
    assert "long@example.com" in system.app.emails(website)


def test_one_that_stays_damaged_is_tried_ever_more_rarely(system: System) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)

    for attempt in (2, 3):
        system.let_retries_come()
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
    system.shop.failures.switch_on(failures.InternalError(), after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "SHOP_ERROR"
    assert "failed" not in system.app.ledger(website).values()
    assert len(system.shop.requests) < 10


def test_a_failure_that_passes_loses_nothing(system: System) -> None:
    system.shop.failures.switch_on(failures.InternalError(), "list", times=1, after=1)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 0
    assert len(system.app.ledger(website)) == 25


def test_after_twenty_the_run_stops_before_the_next_one_at_fault(large: System) -> None:
    ids = all_ids()
    damaged = ids[1000:1030]
    large.shop.failures.damage(*damaged)
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
    system.shop.failures.damage(reserved)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website)[reserved] == "failed"


@pytest.mark.parametrize("second", range(12))
def test_failures_by_chance_move_no_watermark(system: System, second: int) -> None:
    """A second 500 while the first is looked into must not make an order of an id that does not exist."""
    system.shop.orders.reserve()
    system.shop.orders.add(store_id=1, customer_email="after@example.com")
    website = system.add_website("mokken.example")
    system.sync(website)
    before = system.app.website(website)["magentoLastEntityId"]
    system.shop.failures.switch_on(failures.InternalError(), "list", times=1)
    system.shop.failures.switch_on(failures.InternalError(), "list", times=1, after=second)

    system.sync(website)

    assert system.app.website(website)["magentoLastEntityId"] == before
    assert "failed" not in system.app.ledger(website).values()
    system.shop.failures.switch_off()
    system.shop.orders.add(store_id=1, customer_email="next@example.com")
    assert system.sync(website)["importedCustomers"] == 1


@pytest.mark.parametrize("ranges", ["F", "FF", "F.F"])
def test_failures_by_chance_do_not_lift_the_watermark_over_orders_to_come(system: System, ranges: str) -> None:
    """The page fails, then the look at the newest id, then ranges above it, then an order that is none."""
    system.shop.orders.reset(many_orders(30, store_ids=(1,), seed=4))
    system.set(page_size=100, gap_window=0)
    newest = system.shop.orders.ids[-1]
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.failures.switch_on(Scripted(iter(f"F.F.{ranges}")), "list")
    system.shop.failures.switch_on(Scripted(iter("F")), "order")

    summary = system.sync(website)

    assert summary["watermark"] == newest
    assert system.app.ledger(website) == {}


@pytest.mark.parametrize("seed", range(6))
def test_a_shop_that_fails_again_and_again_puts_no_ghost_aside(system: System, seed: int) -> None:
    system.shop.orders.reset(many_orders(30, store_ids=(1,), seed=seed))
    system.set(page_size=100)
    website = system.add_website("mokken.example")
    system.shop.failures.switch_on(random_failure(0.3, seed), "list", "order")

    for _ in range(3):
        system.sync(website)

    assert set(system.app.ledger(website)) <= set(system.shop.orders.ids)
    assert (system.app.website(website)["magentoLastEntityId"] or 0) <= system.shop.orders.ids[-1]


@pytest.mark.parametrize("fault", [failures.Reset(), failures.Maintenance()], ids=["reset", "503"])
def test_a_shop_that_fails_for_good_is_told_and_moves_nothing(system: System, fault: failures.Failure) -> None:
    system.shop.failures.switch_on(fault, after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] in {"UNREACHABLE", "MAINTENANCE"}
    assert "failed" not in system.app.ledger(website).values()


def test_a_shop_in_maintenance_is_not_asked_for_single_orders(system: System) -> None:
    system.shop.failures.switch_on(failures.Maintenance(), "list")
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] == "MAINTENANCE"

    assert {one.kind for one in system.shop.requests} == {"stores", "list"}


def test_an_order_that_breaks_only_the_list_is_imported(system: System) -> None:
    system.shop.failures.switch_on(failing_orders(failures.InternalError(), 1, 4, 61), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert system.app.ledger(website) == expected_outcomes("mokken.example")


def test_where_many_orders_load_alone_only_all_are_read_alone(system: System) -> None:
    system.set(look_ahead=20)
    system.shop.orders.reset(many_orders(40, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.switch_on(failing_orders(failures.InternalError(), *ids[11:18]), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "probing", 0)
    assert sorted(system.app.ledger(website)) == ids


def test_many_damaged_orders_of_a_shop_that_mis_signs(system: System) -> None:
    """Each is left out by a filter group of its own, and with more than ten groups its signatures are wrong again."""
    system.set(page_size=100)
    system.shop.orders.reset(many_orders(60, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.missigned = "[],"
    system.shop.failures.damage(*ids[10:46:3])
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 12)
    assert sorted(system.app.ledger(website)) == ids


def test_after_a_while_what_is_certain_is_stored(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a slow shop with many damaged orders would use all of an invocation up, and begin anew in the next one."""
    monkeypatch.setattr(narrowing, "ENOUGH_SECONDS", 0.0)
    system.set(page_size=100)
    system.seconds_left = 80.0
    system.shop.orders.reset(many_orders(60, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.damage(ids[10], ids[20], ids[30])
    website = system.add_website("mokken.example")

    told = [system.sync(website)]
    assert (told[0]["status"], told[0]["watermark"]) == ("CONTINUED", ids[19])
    while told[-1]["status"] == "CONTINUED" and len(told) < 10:
        told.append(system.syncer.run(*system.continued[-1]))

    assert (told[-1]["status"], told[-1]["failedOrders"]) == ("COMPLETED", 3)
    assert sorted(system.app.ledger(website)) == ids


def test_orders_put_aside_wait_where_there_is_no_time(system: System) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.seconds_left = 80.0

    assert system.sync(website)["status"] == "COMPLETED"

    assert _attempts(system) == [1]


REFUSALS = {
    "firewall": failures.ErrorPage(403),
    "page not found": failures.PlainError(404),
    "refused": failures.PlainError(400),
    "redirected": failures.Redirect("https://shop.example"),
}


@pytest.mark.parametrize("how", REFUSALS.values(), ids=REFUSALS.keys())
def test_an_order_that_is_refused_alone_costs_itself(system: System, how: failures.Failure) -> None:
    """A firewall may let the list pass, and not this order's address."""
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(how, "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}


@pytest.mark.parametrize("how", REFUSALS.values(), ids=REFUSALS.keys())
def test_an_order_put_aside_may_be_refused_later(system: System, how: failures.Failure) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.shop.failures.switch_on(how, "order")

    assert system.sync(website)["status"] == "COMPLETED"

    assert _attempts(system) == [2]


@pytest.mark.parametrize(("fault", "code", "most"), PAUSES)
@pytest.mark.parametrize(("kind", "after"), [("order", 0), ("list", 0), ("list", 1), ("list", 3), ("list", 6)])
def test_a_pause_asked_for_while_an_order_at_fault_is_looked_for_is_kept(  # noqa: PLR0913, PLR0917 - pytest's way
    system: System, kind: Kind, after: int, fault: failures.Failure, code: str, most: int
) -> None:
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(fault, kind, after=after)
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] == code

    assert 1 <= count_refused(system) <= most
    assert system.app.ledger(website) == {}


@pytest.mark.parametrize(("fault", "code", "most"), PAUSES)
def test_a_pause_asked_for_at_an_order_put_aside_costs_it_no_attempt(
    system: System, fault: failures.Failure, code: str, most: int
) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.shop.failures.switch_on(fault, "order")

    # Without a time to come back, the run has read all the same.
    assert system.sync(website)["errorCode"] == (code if most == 1 else None)

    assert 1 <= count_refused(system) <= most
    assert _attempts(system) == [1]


def test_orders_that_were_read_before_a_pause_are_not_put_aside_any_more(system: System) -> None:
    """A shop that allows a few requests at a time would else never be done with more orders than that."""
    system.shop.failures.damage(4, 6)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.shop.failures.heal()
    system.shop.failures.switch_on(failures.TooManyRequests("7200"), "order", after=1)

    assert system.sync(website)["errorCode"] == "TOO_MANY_REQUESTS"

    assert _attempts(system) == [1]


def test_credentials_refused_at_an_order_put_aside_are_no_fault_of_its(system: System) -> None:
    system.shop.failures.damage(4)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.shop.failures.switch_on(
        fixed_json(401, {"message": "The signature is invalid. Verify and try again."}), "order"
    )

    assert system.sync(website)["errorCode"] == "OAUTH_REFUSED"

    assert _attempts(system) == [1]


def test_once_the_shop_is_down_the_other_orders_put_aside_wait(system: System) -> None:
    system.shop.failures.damage(4, 6)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.let_retries_come()
    system.shop.failures.switch_on(failures.Maintenance(), "order")

    assert system.sync(website)["status"] == "COMPLETED"

    assert _attempts(system) == [1, 2]


@pytest.mark.parametrize(
    "how", [failures.InternalError(), failures.PlainError(502)], ids=["Magento's own", "bad gateway"]
)
def test_a_list_that_breaks_with_any_order_is_got_around(system: System, how: failures.Failure) -> None:
    """It answers as long as it is empty, so it seems to be of use."""
    system.set(look_ahead=20)
    system.shop.failures.switch_on(failures.TooManyOrders(0, how), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    ledger = system.app.ledger(website)
    assert {one: what for one, what in ledger.items() if what != "other_store"} == expected_outcomes("mokken.example")
    assert len([one for one in system.shop.requests if one.kind == "list"]) < 30


@pytest.mark.parametrize(
    "how",
    [failures.Reset(), failures.PlainError(502), failures.Maintenance(), failures.NotFound(), failures.MessageOnly()],
    ids=["reset", "bad gateway", "503", "404 (#7518)", "message only"],
)
def test_an_order_may_fail_in_any_way(system: System, how: failures.Failure) -> None:
    failing = failing_orders(how, 4)
    system.shop.failures.switch_on(failing, "list", "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
    assert len(failing.met) <= 3 + 4 + 1  # the page, asked again perhaps; parts of it and the order, once each


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-outs of a test's size."""
    monkeypatch.setattr("magento_sync.magento.client.READ_SECONDS", 0.8)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.PART_SECONDS", 0.3)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.WHOLE_SECONDS", 0.8)


@pytest.mark.usefixtures("_hasty")
def test_parts_of_a_page_are_given_less_time(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []

    def noted(*arguments: Any, **options: Any) -> Page:  # noqa: ANN401 - passed on
        given.append(options["longest"])
        return read_page(*arguments, **options)

    monkeypatch.setattr("magento_sync.magento.orders.narrowing.read_page", noted)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.PART_TO_EMPTY", 0)
    system.shop.failures.damage(4)

    assert system.sync(system.add_website("mokken.example"))["failedOrders"] == 1

    empty, *parts, whole, once_more = given
    assert (empty, whole) == (narrowing.EMPTY_SECONDS, narrowing.WHOLE_SECONDS)
    assert {*parts, once_more} == {narrowing.PART_SECONDS}


@pytest.mark.usefixtures("_hasty")
def test_an_order_that_stalls_costs_itself_and_little_time(system: System) -> None:
    stalling = failing_orders(Delayed(), 4)
    system.shop.failures.switch_on(stalling, "list", "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
    alone = [target for target in stalling.met if "/orders/" in target]
    assert len(alone) == 1
    assert len(stalling.met) - len(alone) <= 2 + 3  # two pages, and parts of one

    system.let_retries_come()
    assert system.sync(website)["status"] == "COMPLETED"


@pytest.mark.usefixtures("_hasty")
def test_a_shop_that_is_merely_slow_is_read(system: System) -> None:
    """A page of ten takes longer than there is time, and so does one of five; each order alone does not."""
    system.shop.orders.reset(many_orders(20, store_ids=(1,), seed=4))
    system.shop.failures.slow = Slow(per_order=0.18)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert (summary["ordersFetched"], summary["failedOrders"]) == (20, 0)
    assert len([one for one in system.shop.requests if one.kind == "order"]) <= 3  # orders that are not at fault


def test_pages_that_take_too_much_memory_get_smaller_and_no_order_is_at_fault(system: System) -> None:
    system.shop.failures.switch_on(failures.TooManyOrders(3, failures.FatalError()), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert system.app.ledger(website) == expected_outcomes("mokken.example")
    assert len([one for one in system.shop.requests if one.kind == "order"]) <= 2  # one with each halving


def test_a_damaged_order_beyond_the_page_is_left_for_the_next_one(system: System) -> None:
    """A failure by chance has the ranges looked at, which reach further than the page: what lies between must not be lost."""
    system.set(gap_window=0)
    stores = [*[1] * 9, *[2] * 7, *[1] * 30]
    orders = [
        {**order, "entity_id": number, "store_id": store}
        for number, (order, store) in enumerate(zip(many_orders(46, seed=4), stores, strict=True), start=1)
    ]
    system.shop.orders.reset(orders)
    system.shop.failures.damage(26)
    system.shop.failures.switch_on(failures.InternalError(), "list", times=1)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["ordersFetched"] == 39
    assert system.app.run(str(summary["runId"]))["failedOrders"] == 1


def test_a_shop_that_silently_cuts_pages_is_read_to_its_end(system: System) -> None:
    system.shop.configure(silent_page_limit=4)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example")


def test_twenty_are_counted_over_all_invocations_of_a_run(system: System) -> None:
    orders = many_orders(60, store_ids=(1,), seed=4)
    ids = [order["entity_id"] for order in orders]
    system.shop.orders.reset(orders)
    system.shop.failures.damage(*ids[0:60:2])
    system.seconds_left = 80.0
    website = system.add_website("mokken.example")

    told = [system.sync(website)]
    while told[-1]["status"] == "CONTINUED" and len(told) < 60:
        told.append(system.syncer.run(*system.continued[-1]))

    assert len(told) > 2
    assert (told[-1]["status"], told[-1]["errorCode"]) == ("FAILED", "TOO_MANY_DAMAGED")
    assert told[-1]["failedOrders"] == 20
    assert told[-1]["watermark"] == ids[39]
    assert sorted(system.app.ledger(website)) == ids[:40]


def _request_line(asked: LoggedRequest) -> int:
    return len(f"GET {asked.path}?{urlencode(asked.query, quote_via=quote, safe=',')} HTTP/1.1")


def test_a_request_line_that_narrowing_makes_too_long(system: System) -> None:
    """The page itself just fits; with an order left out it does not. The gaps are asked for apart, then."""
    orders = many_orders(60, store_ids=(1,), seed=4, first_id=1_000_000)
    system.shop.orders.reset(orders)
    website = system.add_website("mokken.example")
    system.sync(website)
    for _ in range(30):
        system.shop.orders.reserve()
    late = system.shop.orders.reserve()
    system.shop.orders.add(store_id=1)
    system.sync(website)
    system.shop.forget_requests()
    system.sync(website)
    longest = max(_request_line(one) for one in system.shop.requests)
    system.shop.configure(max_request_line=longest + 10)
    system.shop.orders.commit(late, store_id=1)
    damaged = system.shop.orders.add(store_id=1)
    system.shop.failures.damage(damaged)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert 414 in {one.status for one in system.shop.requests}
    ledger = system.app.ledger(website)
    assert (ledger[late], ledger[damaged]) == ("imported", "failed")


@pytest.mark.parametrize("synced_before", [False, True])
@pytest.mark.parametrize(
    "how", [failures.PlainError(502), failures.InternalError(), failures.Reset()], ids=["502", "500", "reset"]
)
def test_an_outage_of_everything_costs_few_requests(
    system: System,
    how: failures.Failure,
    synced_before: bool,  # noqa: FBT001
) -> None:
    website = system.add_website("mokken.example")
    if synced_before:
        system.sync(website)
    before = system.app.ledger(website)
    system.shop.forget_requests()
    system.shop.failures.switch_on(how, after=1)

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] in {"SHOP_ERROR", "UNREACHABLE"}
    assert len(system.shop.requests) <= 9
    assert system.app.ledger(website) == before


def test_an_outage_while_a_page_is_looked_into_quarantines_nothing(system: System) -> None:
    website = system.add_website("mokken.example")
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failures.PlainError(502), after=4)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "SHOP_ERROR")
    assert system.app.ledger(website) == {}
    assert len(system.shop.requests) < 25


@pytest.mark.parametrize("times", [2, 3])
def test_two_failures_by_chance_while_one_is_looked_into_start_no_probing(system: System, times: int) -> None:
    website = system.add_website("mokken.example")
    system.shop.failures.switch_on(failures.InternalError(), "list", times=times)

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert system.app.ledger(website) == expected_outcomes("mokken.example")
    assert not [one for one in system.shop.requests if one.kind == "order"]


def test_an_order_of_another_store_is_not_imported_when_it_is_tried_again(system: System) -> None:
    website = system.add_website("mokken.example")
    system.shop.failures.damage(4)
    system.sync(website)
    system.shop.failures.heal()
    system.shop.orders.change(4, store_id=2)
    system.let_retries_come()

    summary = system.sync(website)

    assert summary["importedCustomers"] == 0
    assert system.app.ledger(website)[4] == "other_store"


@pytest.mark.parametrize("after", [3, 5])
def test_a_pause_that_the_shop_asks_for_meanwhile_is_made(system: System, after: int) -> None:
    """What is asked once all the same is asked again where the shop says when."""
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failures.TooManyRequests("0"), times=2, after=after)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
