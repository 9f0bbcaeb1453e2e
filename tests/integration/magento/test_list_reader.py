"""The order list is read in few requests, in pages that follow the shop, without leaving an order out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.shop import Latency, failures, many_orders, recorded_orders
from tests.support.expected import expected_outcomes
from tests.support.shop_failures import PAUSES, count_refused, fixed_json, scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.failures import Failure
    from local.shop.http.log import LoggedRequest
    from tests.support.system import System

COUNT = 2000


@pytest.fixture
def large(system: System) -> System:
    """A shop of 2,000 orders and the usual page size."""
    system.shop.orders.reset(many_orders(COUNT, store_ids=(1,), seed=3))
    system.set(page_size=100)
    return system


def lists(system: System) -> list[LoggedRequest]:
    return [request for request in system.shop.requests if request.kind == "list"]


def sizes(system: System) -> list[int]:
    return [int(request.query["searchCriteria[pageSize]"]) for request in lists(system)]


def test_pages_grow_while_the_shop_is_quick(large: System) -> None:
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert summary["ordersFetched"] == COUNT
    assert sizes(large) == [100, 200, 200, *[300] * 7]


@pytest.mark.parametrize("limit", [50, 300])
def test_the_largest_page_that_a_shop_allows_is_kept_to_after_one_refusal(large: System, limit: int) -> None:
    large.set(page_size=300)
    large.shop.configure(max_page_size=limit)
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["ordersFetched"] == COUNT
    assert sizes(large).count(300) == (1 if limit == 50 else 8)
    assert [request.status for request in lists(large)].count(400) == (1 if limit == 50 else 0)


def test_the_largest_page_that_a_shop_allows_may_be_met_while_a_page_is_narrowed(large: System) -> None:
    large.shop.configure(max_page_size=50)
    large.shop.failures.switch_on(scripted("F"), "list")
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", COUNT)
    assert sizes(large).count(100) == 2


@pytest.mark.parametrize("largest", [0, -1, 100, 300])
def test_a_page_limit_that_is_useless_fails_the_run(large: System, largest: int) -> None:
    refusal = {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": largest}}
    large.shop.failures.switch_on(fixed_json(400, refusal), "list")

    assert large.sync(large.add_website("mokken.example"))["errorCode"] == "PAGE_LIMIT"

    assert len(lists(large)) == 1


def test_a_shop_that_repeats_its_last_page_is_read_once(large: System) -> None:
    large.shop.configure(legacy_paging=True)
    website = large.add_website("mokken.example")

    assert large.sync(website)["ordersFetched"] == COUNT
    assert large.sync(website)["ordersFetched"] == 0


@pytest.mark.parametrize(
    "failure",
    [failures.cut_off(), failures.cut_off(framed=True), failures.plain_error(502), failures.challenge()],
    ids=["cut off", "cut off unseen", "bad gateway", "challenge"],
)
def test_a_bad_answer_is_asked_for_again(large: System, failure: Failure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.001)
    large.shop.failures.switch_on(failure, "list", times=1, after=3)
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["ordersFetched"] == COUNT
    assert summary["failedOrders"] == 0


def test_pages_that_take_the_shop_too_long_get_smaller(large: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.001)
    monkeypatch.setattr("magento_sync.magento.client.READ_SECONDS", 0.3)
    large.shop.configure(latency=Latency(per_order=0.01, over=60))
    website = large.add_website("mokken.example")

    summary = large.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["ordersFetched"] == COUNT
    assert min(sizes(large)) < 100


def test_new_orders_and_gaps_are_asked_for_in_one_request(system: System) -> None:
    system.set(page_size=100)
    website = system.add_website("mokken.example")
    system.sync(website)
    system.shop.requests.clear()

    system.sync(website)

    [request, newest] = lists(system)
    assert newest.query["searchCriteria[sortOrders][0][direction]"] == "DESC"
    group = {name: value for name, value in request.query.items() if name.startswith("searchCriteria[filterGroups][0]")}
    values = {value for name, value in group.items() if name.endswith("[value]")}
    watermark = max(expected_outcomes("mokken.example"))
    seen = expected_outcomes("mokken.example")
    assert str(watermark) in values
    assert ",".join(str(order_id) for order_id in range(1, watermark) if order_id not in seen) in values


def test_only_the_fields_and_stores_that_are_used_are_asked_for(system: System) -> None:
    website = system.add_website("lampen.example")

    system.sync(website)

    for request in lists(system):
        assert request.query["fields"] == (
            "items[entity_id,store_id,created_at,customer_email,customer_firstname,customer_lastname],total_count"
        )
        assert request.query["searchCriteria[filterGroups][1][filters][0][field]"] == "store_id"
        assert request.query["searchCriteria[filterGroups][1][filters][0][value]"] == "3,4"


def test_another_store_s_order_is_never_imported(system: System) -> None:
    system.shop.failures.extra_orders = ({**recorded_orders()[0], "entity_id": 900, "store_id": 2},)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "FILTER_IGNORED"
    assert system.app.customers(website) == []


@pytest.mark.parametrize("order", ["descending", "by name", "twice"])
def test_a_shop_that_ignores_the_sort_loses_no_order(
    large: System, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The watermark would pass the orders that were not sent."""
    orders: dict[str, Callable[[list[int]], list[int]]] = {
        "descending": lambda ids: ids[::-1],
        "by name": lambda ids: sorted(ids, key=str),
        "twice": lambda ids: [*ids[:1], *ids],
    }
    monkeypatch.setattr(type(large.shop.orders), "_sorted", lambda _orders, ids, _criteria: orders[order](list(ids)))
    website = large.add_website("mokken.example")

    assert large.sync(website)["errorCode"] == "SORT_IGNORED"

    assert large.app.ledger(website) == {}


def test_an_order_with_an_id_that_was_not_asked_for_is_never_imported(system: System) -> None:
    system.shop.failures.extra_orders = ({**recorded_orders()[0], "customer_email": "stranger@example.com"},)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["status"] == "FAILED"
    assert summary["errorCode"] == "FILTER_IGNORED"
    assert system.app.customers(website) == []


def test_a_run_continues_where_the_one_before_it_failed(large: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.001)
    large.shop.failures.switch_on(failures.reset(), after=4)
    website = large.add_website("mokken.example")

    first = large.sync(website)
    large.shop.failures.switch_off()
    second = large.sync(website)

    assert first["status"] == "FAILED"
    assert first["errorCode"] == "UNREACHABLE"
    assert 100 < first["ordersFetched"] < COUNT
    assert second["status"] == "COMPLETED"
    assert first["ordersFetched"] + second["ordersFetched"] == COUNT


def test_gaps_are_asked_for_apart_where_the_address_would_be_too_long(large: System) -> None:
    large.shop.orders.reset(many_orders(600, store_ids=(1, 2, 3, 6), seed=3, first_id=7_000_000))
    website = large.add_website("mokken.example", magentoLastEntityId=6_999_999)
    large.shop.configure(max_request_line=1500)
    large.sync(website)
    reserved = large.shop.orders.reserve()
    large.shop.orders.add(store_id=1, customer_email="after@example.com")
    large.sync(website)
    large.shop.orders.commit(reserved, store_id=1, customer_email="late@example.com")

    summary = large.sync(website)

    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] == 1
    assert 414 in {request.status for request in lists(large)}


def test_a_shop_that_signs_wrongly_is_read_in_plain_requests(system: System) -> None:
    system.shop.failures.missigned = "[],"
    reserved = system.shop.orders.reserve()
    system.shop.orders.add(store_id=3, customer_email="after@example.com")
    website = system.add_website("lampen.example")

    first = system.sync(website)
    system.shop.orders.commit(reserved, store_id=3, customer_email="late@example.com")
    second = system.sync(website)

    assert first["status"] == second["status"] == "COMPLETED"
    assert first["importedCustomers"] == list(expected_outcomes("lampen.example").values()).count("imported") + 1
    assert second["importedCustomers"] == 1


@pytest.fixture
def small_store(system: System) -> str:
    """A website with few orders in a large shop that signs wrongly: nearly all ids of its window are gaps."""
    system.shop.failures.missigned = "[],"
    orders = many_orders(600, store_ids=(1, 2), seed=3)
    for place in (50, 350, 450, 599):
        orders[place]["store_id"] = 6
    system.shop.orders.reset(orders)
    website = system.add_website("lampen.example/fr")
    assert system.sync(website)["ordersFetched"] == 4
    system.sync(website)  # asks for the newest id, as it does once a day
    system.shop.requests.clear()
    return website


def test_a_shop_that_signs_wrongly_is_asked_for_nine_gaps_at_a_time_once_an_invocation(
    system: System, small_store: str
) -> None:
    late = system.shop.orders.ids[500]
    system.shop.orders.change(late, store_id=6)

    summary = system.sync(small_store)

    assert (summary["status"], summary["ordersFetched"], summary["importedCustomers"]) == ("COMPLETED", 1, 1)
    assert len(lists(system)) <= 1 + 300 / 9 + 1
    assert system.app.ledger(small_store)[late] == "imported"


@pytest.mark.parametrize(("failure", "code", "most"), PAUSES)
@pytest.mark.usefixtures("without_pauses")
def test_a_pause_asked_for_at_the_gaps_is_made(
    system: System, small_store: str, failure: Failure, code: str, most: int
) -> None:
    system.shop.failures.switch_on(failure, "list", after=1)

    assert system.sync(small_store)["errorCode"] == code

    assert 1 <= count_refused(system) <= most


def test_a_quarantined_order_does_not_hide_the_gaps_around_it(system: System, small_store: str) -> None:
    new, late = system.shop.orders.add(store_id=6), system.shop.orders.ids[500]
    system.shop.failures.damage(new)
    system.sync(small_store)
    system.shop.orders.reserve()
    system.shop.orders.add(store_id=6)
    system.sync(small_store)
    system.shop.orders.change(late, store_id=6)
    before = system.app.ledger(small_store)

    summary = system.scheduled_sync(small_store)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 0)
    assert system.app.ledger(small_store) == before | {late: "imported"}


def test_gaps_that_are_asked_for_apart_are_asked_for_once_a_run(large: System) -> None:
    large.shop.failures.missigned = "[],"
    website = large.add_website("mokken.example")
    large.set(page_size=10)
    large.sync(website)
    for order in many_orders(100, store_ids=(1,), seed=4, first_id=large.shop.orders.ids[-1] + 9):
        large.shop.orders.put(order)
    large.shop.requests.clear()

    assert large.sync(website)["ordersFetched"] == 100

    asked: list[str] = []
    for request in lists(large):
        conditions = {name: value for name, value in request.query.items() if name.endswith("[conditionType]")}
        fields = {name.removesuffix("[conditionType]") for name, value in conditions.items() if value == "eq"}
        asked += [
            request.query[f"{field}[value]"] for field in fields if request.query[f"{field}[field]"] == "entity_id"
        ]
    assert asked
    assert len(asked) == len(set(asked))


def test_a_first_import_may_be_limited_to_recent_orders(large: System) -> None:
    orders = many_orders(COUNT, store_ids=(1,), seed=3)
    large.shop.orders.reset(orders)
    large.set(first_import_days=30)
    now = large.app.rows.execute("SELECT now() AT TIME ZONE 'UTC' AS now").fetchone()
    assert now is not None
    for order in orders[-150:]:
        large.shop.orders.change(order["entity_id"], created_at=now["now"].strftime("%Y-%m-%d %H:%M:%S"))
    website = large.add_website("mokken.example")

    first = large.sync(website)
    second = large.sync(website)

    assert first["ordersFetched"] == 150
    assert large.app.website(website)["magentoSyncFloor"] == orders[-151]["entity_id"]
    assert len(large.shop.requests) < 50
    assert second["ordersFetched"] == 0
