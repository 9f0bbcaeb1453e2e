"""A damaged order never blocks its website: the page is narrowed down to it, and every other order is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from local.shop import Latency, failures, many_orders
from local.shop.limits import too_many_orders
from magento_sync.magento.client import ATTEMPTS
from magento_sync.magento.orders import narrowing
from magento_sync.magento.orders.requests import read_list
from tests.support.expected import expected_outcomes
from tests.support.shop_failures import FailingOrders, count_refused, delayed, random_failure, scripted

if TYPE_CHECKING:
    from local.shop.http.log import LoggedRequest
    from local.shop.http.request import Kind
    from magento_sync.magento.orders.page import Page
    from tests.support.system import System

pytestmark = pytest.mark.usefixtures("without_pauses")

COUNT = 5000
DAMAGED_PLACES = (700, 2400, 4999)


@pytest.fixture
def large(system: System) -> System:
    """A shop of 5,000 orders in one store view, and the usual page size."""
    system.shop.orders.reset()
    for order in many_orders(COUNT, store_ids=(1,), seed=7):
        system.shop.orders.put(order)
    system.set(page_size=100, gap_window=1_000_000)  # so that nothing is pruned from the ledger
    return system


def all_ids() -> list[int]:
    return sorted(order["entity_id"] for order in many_orders(COUNT, store_ids=(1,), seed=7))


def test_three_damaged_orders_of_5000_cost_few_requests_and_no_other_order(large: System) -> None:
    clean = large.add_website("mokken.example")
    large.sync(clean)
    clean_requests = len(large.shop.requests)
    large.shop.requests.clear()
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


def test_damaged_orders_beside_each_other_and_at_both_ends_are_found(system: System) -> None:
    system.shop.failures.damage(1, 2, 61, 58, 54)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    ledger = system.app.ledger(website)
    assert summary["status"] == "COMPLETED"
    assert {one for one, outcome in ledger.items() if outcome == "failed"} == {1, 2, 54}
    assert len(ledger) == 25


def test_an_outage_quarantines_nothing(system: System) -> None:
    system.shop.failures.switch_on(failures.internal_error(), after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "SHOP_ERROR"
    assert "failed" not in system.app.ledger(website).values()
    assert len(system.shop.requests) < 10


def test_a_failure_that_passes_costs_no_order(system: System) -> None:
    system.shop.failures.switch_on(failures.internal_error(), "list", times=1, after=1)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["failedOrders"] == 0
    assert len(system.app.ledger(website)) == 25


def test_after_twenty_damaged_orders_the_run_fails_before_the_next_one_and_the_next_run_continues(
    system: System,
) -> None:
    system.set(page_size=40, gap_window=1_000_000)  # so that nothing is pruned from the ledger
    system.shop.orders.reset(many_orders(200, store_ids=(1,), seed=7))
    ids = system.shop.orders.ids
    damaged = ids[100:130]
    system.shop.failures.damage(*damaged)
    website = system.add_website("mokken.example")

    first = system.sync(website)

    assert first["status"] == "FAILED"
    assert first["errorCode"] == "TOO_MANY_DAMAGED"
    assert first["failedOrders"] == 20
    assert first["watermark"] == damaged[19]
    assert sorted(system.app.ledger(website)) == ids[:120]

    second = system.sync(website)

    assert second["status"] == "COMPLETED"
    assert sorted(system.app.ledger(website)) == ids


def test_a_damaged_order_among_the_gaps_is_quarantined(system: System) -> None:
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
def test_failures_by_chance_neither_move_the_watermark_nor_quarantine_an_order(system: System, second: int) -> None:
    """A second 500 while the page is narrowed must not make an id without an order look like a damaged order."""
    system.shop.orders.reserve()
    system.shop.orders.add(store_id=1, customer_email="after@example.com")
    website = system.add_website("mokken.example")
    system.sync(website)
    before = system.app.website(website)["magentoLastEntityId"]
    system.shop.failures.switch_on(failures.internal_error(), "list", times=1)
    system.shop.failures.switch_on(failures.internal_error(), "list", times=1, after=second)

    system.sync(website)

    assert system.app.website(website)["magentoLastEntityId"] == before
    assert "failed" not in system.app.ledger(website).values()
    system.shop.failures.switch_off()
    system.shop.orders.add(store_id=1, customer_email="next@example.com")
    assert system.sync(website)["importedCustomers"] == 1


@pytest.mark.parametrize("ranges", ["F", "FF", "F.F"])
def test_failures_by_chance_do_not_lift_the_watermark_over_orders_to_come(system: System, ranges: str) -> None:
    """The page fails, then the request for the newest id, then ranges above it, then an id without an order."""
    system.shop.orders.reset(many_orders(30, store_ids=(1,), seed=4))
    system.set(page_size=100, gap_window=0)
    newest = system.shop.orders.ids[-1]
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.failures.switch_on(scripted(f"F.F.{ranges}"), "list")
    system.shop.failures.switch_on(scripted("F"), "order")

    summary = system.sync(website)

    assert summary["watermark"] == newest
    assert system.app.ledger(website) == {}


@pytest.mark.parametrize("seed", range(6))
def test_no_id_without_an_order_is_quarantined_however_often_the_shop_fails(system: System, seed: int) -> None:
    system.shop.orders.reset(many_orders(30, store_ids=(1,), seed=seed))
    system.set(page_size=100)
    website = system.add_website("mokken.example")
    system.shop.failures.switch_on(random_failure(0.3, seed), "list", "order")

    for _ in range(3):
        system.sync(website)

    assert set(system.app.ledger(website)) <= set(system.shop.orders.ids)
    assert (system.app.website(website)["magentoLastEntityId"] or 0) <= system.shop.orders.ids[-1]


@pytest.mark.parametrize("failure", [failures.reset(), failures.maintenance()], ids=["reset", "503"])
def test_a_shop_that_goes_down_fails_the_run_and_quarantines_nothing(system: System, failure: failures.Failure) -> None:
    system.shop.failures.switch_on(failure, after=2)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] in {"UNREACHABLE", "MAINTENANCE"}
    assert "failed" not in system.app.ledger(website).values()


def test_a_shop_in_maintenance_is_not_asked_for_single_orders(system: System) -> None:
    system.shop.failures.switch_on(failures.maintenance(), "list")
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] == "MAINTENANCE"

    assert {one.kind for one in system.shop.requests} == {"stores", "list"}


def test_an_order_that_breaks_only_the_list_is_read_alone_and_imported(system: System) -> None:
    system.shop.failures.switch_on(FailingOrders(failures.internal_error(), 1, 4, 61), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert system.app.ledger(website) == expected_outcomes("mokken.example")


def test_orders_are_read_by_their_ids_where_many_break_the_list(system: System) -> None:
    system.set(look_ahead=20)
    system.shop.orders.reset(many_orders(40, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.switch_on(FailingOrders(failures.internal_error(), *ids[11:18]), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "probing", 0)
    assert sorted(system.app.ledger(website)) == ids


def test_many_damaged_orders_are_found_in_a_shop_that_signs_wrongly(system: System) -> None:
    """Each is left out by a filter group of its own, and with more than ten groups the shop signs wrongly again."""
    system.set(page_size=100)
    system.shop.orders.reset(many_orders(60, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.missigned = "[],"
    system.shop.failures.damage(*ids[10:46:3])
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 12)
    assert sorted(system.app.ledger(website)) == ids


def test_orders_below_a_damaged_one_are_stored_after_a_while(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a slow shop with many damaged orders would use up an invocation, and the next one would begin anew."""
    monkeypatch.setattr(narrowing, "ENOUGH_SECONDS", 0.0)
    system.set(page_size=100)
    system.seconds_left = 80.0
    system.shop.orders.reset(many_orders(60, store_ids=(1,), seed=4))
    ids = system.shop.orders.ids
    system.shop.failures.damage(ids[10], ids[20], ids[30])
    website = system.add_website("mokken.example")

    summaries = [system.sync(website)]
    assert (summaries[0]["status"], summaries[0]["watermark"]) == ("CONTINUED", ids[19])
    while summaries[-1]["status"] == "CONTINUED" and len(summaries) < 10:
        summaries.append(system.syncer.run(*system.continued[-1]))

    assert (summaries[-1]["status"], summaries[-1]["failedOrders"]) == ("COMPLETED", 3)
    assert sorted(system.app.ledger(website)) == ids


REFUSALS = {
    "firewall": failures.error_page(403),
    "page not found": failures.plain_error(404),
    "refused": failures.plain_error(400),
    "redirected": failures.redirect("https://shop.example"),
}


@pytest.mark.parametrize("failure", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_damaged_order_whose_own_address_is_refused_costs_itself(system: System, failure: failures.Failure) -> None:
    """A firewall may let the list pass, but not the order's own address."""
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failure, "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 1)
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}


@pytest.mark.parametrize(
    "failure", [failures.error_page(429, "7200"), failures.maintenance("7200")], ids=["429", "503"]
)
@pytest.mark.parametrize(("kind", "after"), [("order", 0), ("list", 0), ("list", 1), ("list", 3), ("list", 6)])
def test_a_long_pause_that_the_shop_asks_for_while_a_page_is_narrowed_is_kept(
    system: System, kind: Kind, after: int, failure: failures.Failure
) -> None:
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failure, kind, after=after)
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] in {"TOO_MANY_REQUESTS", "MAINTENANCE"}

    assert count_refused(system) == 1
    assert system.app.ledger(website) == {}


@pytest.mark.parametrize("failure", [failures.error_page(429), failures.maintenance()], ids=["429", "503"])
@pytest.mark.parametrize("after", [0, 1, 3, 6])
def test_a_shop_that_stays_busy_is_left_alone_after_two_requests(
    system: System, after: int, failure: failures.Failure
) -> None:
    """The request that was refused, and the control request; each is sent three times."""
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failure, "list", after=after)
    website = system.add_website("mokken.example")

    assert system.sync(website)["errorCode"] in {"TOO_MANY_REQUESTS", "MAINTENANCE"}

    assert 1 <= count_refused(system) <= 2 * ATTEMPTS
    assert system.app.ledger(website) == {}


@pytest.mark.parametrize(
    "failure", [failures.internal_error(), failures.plain_error(502)], ids=["Magento's own", "bad gateway"]
)
def test_orders_are_read_by_their_ids_where_each_breaks_the_list(system: System, failure: failures.Failure) -> None:
    """The list answers as long as it is empty, so that it seems usable."""
    system.set(look_ahead=20)
    system.shop.failures.switch_on(too_many_orders(0, failure), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    ledger = system.app.ledger(website)
    assert {one: what for one, what in ledger.items() if what != "other_store"} == expected_outcomes("mokken.example")
    assert len([one for one in system.shop.requests if one.kind == "list"]) < 30


@pytest.mark.parametrize(
    "failure",
    [failures.reset(), failures.plain_error(502), failures.not_found(), failures.message_only()],
    ids=["reset", "bad gateway", "404 (#7518)", "message only"],
)
def test_a_damaged_order_costs_few_requests_however_it_fails(system: System, failure: failures.Failure) -> None:
    failing = FailingOrders(failure, 4)
    system.shop.failures.switch_on(failing, "list", "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
    assert len(failing.met) <= 3 + 4 + 1  # the page, at most three times; its parts and the order, once each


@pytest.fixture
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short time-outs."""
    monkeypatch.setattr("magento_sync.magento.client.READ_SECONDS", 0.8)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.PART_SECONDS", 0.3)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.WHOLE_SECONDS", 0.8)


@pytest.mark.usefixtures("_hasty")
def test_parts_of_a_page_are_given_less_time_than_the_page(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float | None] = []

    def noted(*arguments: Any, **options: Any) -> Page:  # noqa: ANN401 - passed on
        given.append(arguments[3].seconds)
        return read_list(*arguments, **options)

    monkeypatch.setattr("magento_sync.magento.orders.narrowing.read_list", noted)
    monkeypatch.setattr("magento_sync.magento.orders.narrowing.PART_TO_EMPTY", 0)
    system.shop.failures.damage(4)

    assert system.sync(system.add_website("mokken.example"))["failedOrders"] == 1

    empty, *parts, whole, once_more = given
    assert (empty, whole) == (narrowing.EMPTY_SECONDS, narrowing.WHOLE_SECONDS)
    assert {*parts, once_more} == {narrowing.PART_SECONDS}


@pytest.mark.usefixtures("_hasty")
def test_an_order_that_stalls_costs_itself_and_little_time(system: System) -> None:
    stalling = FailingOrders(delayed(), 4)
    system.shop.failures.switch_on(stalling, "list", "order")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
    alone = [target for target in stalling.met if "/orders/" in target]
    assert len(alone) == 1
    assert len(stalling.met) - len(alone) <= 2 + 3  # two pages, and the parts of the second

    system.let_retries_come()
    assert system.sync(website)["status"] == "COMPLETED"


@pytest.mark.usefixtures("_hasty")
def test_a_slow_shop_is_read_in_small_pages(system: System) -> None:
    """Pages of ten and of five orders take too long; each order alone does not."""
    system.shop.orders.reset(many_orders(20, store_ids=(1,), seed=4))
    system.shop.configure(latency=Latency(per_order=0.18))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert (summary["ordersFetched"], summary["failedOrders"]) == (20, 0)
    assert (
        len([one for one in system.shop.requests if one.kind == "order"]) <= 3
    )  # each proves that an order is not damaged


def test_pages_that_take_too_much_memory_get_smaller_and_quarantine_nothing(system: System) -> None:
    system.shop.failures.switch_on(too_many_orders(3, failures.fatal_error()), "list")
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert system.app.ledger(website) == expected_outcomes("mokken.example")
    assert len([one for one in system.shop.requests if one.kind == "order"]) <= 2  # one for each halving


def test_a_damaged_order_beyond_the_page_is_left_to_the_next_page(system: System) -> None:
    """After a chance failure the search reaches further than the page: orders in between must not be lost."""
    system.set(gap_window=0)
    stores = [*[1] * 9, *[2] * 7, *[1] * 30]
    orders = [
        {**order, "entity_id": number, "store_id": store}
        for number, (order, store) in enumerate(zip(many_orders(46, seed=4), stores, strict=True), start=1)
    ]
    system.shop.orders.reset(orders)
    system.shop.failures.damage(26)
    system.shop.failures.switch_on(failures.internal_error(), "list", times=1)
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


def test_damaged_orders_are_counted_over_all_invocations_of_a_run(system: System) -> None:
    orders = many_orders(60, store_ids=(1,), seed=4)
    ids = [order["entity_id"] for order in orders]
    system.shop.orders.reset(orders)
    system.shop.failures.damage(*ids[0:60:2])
    system.seconds_left = 80.0
    website = system.add_website("mokken.example")

    summaries = [system.sync(website)]
    while summaries[-1]["status"] == "CONTINUED" and len(summaries) < 60:
        summaries.append(system.syncer.run(*system.continued[-1]))

    assert len(summaries) > 2
    assert (summaries[-1]["status"], summaries[-1]["errorCode"]) == ("FAILED", "TOO_MANY_DAMAGED")
    assert summaries[-1]["failedOrders"] == 20
    assert summaries[-1]["watermark"] == ids[39]
    assert sorted(system.app.ledger(website)) == ids[:40]


def _request_line(request: LoggedRequest) -> int:
    return len(f"GET {request.path}?{urlencode(request.query, quote_via=quote, safe=',')} HTTP/1.1")


def test_a_page_with_gaps_is_narrowed_without_them_so_that_its_address_does_not_grow_too_long(system: System) -> None:
    """The page itself just fits; with an order left out as well it would not."""
    orders = many_orders(60, store_ids=(1,), seed=4, first_id=1_000_000)
    system.shop.orders.reset(orders)
    website = system.add_website("mokken.example")
    system.sync(website)
    for _ in range(30):
        system.shop.orders.reserve()
    late = system.shop.orders.reserve()
    system.shop.orders.add(store_id=1)
    system.sync(website)
    system.shop.requests.clear()
    system.sync(website)
    longest = max(_request_line(request) for request in system.shop.requests)
    system.shop.configure(max_request_line=longest + 10)
    system.shop.orders.commit(late, store_id=1)
    damaged = system.shop.orders.add(store_id=1)
    system.shop.failures.damage(damaged)

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert 414 not in {request.status for request in system.shop.requests}
    ledger = system.app.ledger(website)
    assert (ledger[late], ledger[damaged]) == ("imported", "failed")


@pytest.mark.parametrize("synced_before", [False, True])
@pytest.mark.parametrize(
    "failure", [failures.plain_error(502), failures.internal_error(), failures.reset()], ids=["502", "500", "reset"]
)
def test_an_outage_costs_few_requests_and_quarantines_nothing(
    system: System,
    failure: failures.Failure,
    synced_before: bool,  # noqa: FBT001
) -> None:
    website = system.add_website("mokken.example")
    if synced_before:
        system.sync(website)
    before = system.app.ledger(website)
    system.shop.requests.clear()
    system.shop.failures.switch_on(failure, after=1)

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] in {"SHOP_ERROR", "UNREACHABLE"}
    assert len(system.shop.requests) <= 9
    assert system.app.ledger(website) == before


def test_an_outage_while_a_page_is_narrowed_quarantines_nothing(system: System) -> None:
    website = system.add_website("mokken.example")
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failures.plain_error(502), after=4)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "SHOP_ERROR")
    assert system.app.ledger(website) == {}
    assert len(system.shop.requests) < 25


@pytest.mark.parametrize("times", [2, 3])
def test_failures_by_chance_while_a_page_is_narrowed_do_not_start_probing(system: System, times: int) -> None:
    website = system.add_website("mokken.example")
    system.shop.failures.switch_on(failures.internal_error(), "list", times=times)

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert system.app.ledger(website) == expected_outcomes("mokken.example")
    assert not [one for one in system.shop.requests if one.kind == "order"]


@pytest.mark.parametrize("after", [3, 5])
def test_a_short_pause_that_the_shop_asks_for_while_a_page_is_narrowed_is_made(system: System, after: int) -> None:
    system.shop.failures.damage(4)
    system.shop.failures.switch_on(failures.error_page(429, "0"), times=2, after=after)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "COMPLETED"
    assert system.app.ledger(website) == expected_outcomes("mokken.example") | {4: "failed"}
