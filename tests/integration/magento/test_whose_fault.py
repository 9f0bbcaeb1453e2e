"""Whose fault a failure is, of an order, a request or the shop, is shown by one control request, whatever the status.

Each test imitates what real shops, firewalls, caches and rate limits do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.shop import failures, many_orders
from local.shop.limits import RateLimit, long_address, long_value, too_many_orders
from magento_sync.deadline import Deadline
from magento_sync.magento.orders.damage import MOST_DAMAGED
from tests.support.virtual_time import VirtualTime

if TYPE_CHECKING:
    from local.shop.failures import Failure
    from magento_sync.sync.result import Summary
    from tests.support.system import System

FIRST_ID = 1_000_000

OF_ONE_ORDER: dict[str, tuple[Failure, str]] = {
    "400 of Magento": (failures.localized_error(), "REQUEST_REFUSED"),
    "401 of another permission": (failures.missing_permission("Magento_Customer::manage"), "PERMISSION_MISSING"),
    "403 of a firewall": (failures.error_page(403), "FIREWALL"),
    "404 of Magento": (failures.not_found(), "SHOP_ERROR"),
    "404 of a firewall": (failures.error_page(404), "WRONG_ADDRESS"),
    "406 of a firewall": (failures.error_page(406), "REQUEST_REFUSED"),
    "429": (failures.error_page(429), "TOO_MANY_REQUESTS"),
    "500 of Magento": (failures.internal_error(), "SHOP_ERROR"),
    "502 of a proxy": (failures.plain_error(502), "SHOP_ERROR"),
    "503 of a cache": (failures.error_page(503, "5"), "MAINTENANCE"),
    "503 with Retry-After 0": (failures.error_page(503, "0"), "MAINTENANCE"),
    "503 with a date in the past": (failures.error_page(503, failures.http_date(0)), "MAINTENANCE"),
    "200 with a message": (failures.message_only(), "ANSWER_UNUSABLE"),
    "200 without a body": (failures.fixed(200), "ANSWER_NOT_JSON"),
    "redirect": (failures.redirect("https://shop.example"), "REDIRECTED"),
    "reset": (failures.reset(), "UNREACHABLE"),
}
"""Ways in which one order fails, and the code of a run in which every order does."""


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """Time in which only waits and requests pass."""
    virtual = VirtualTime()
    virtual.install(monkeypatch)
    return virtual


def shop_of(system: System, count: int, *, page_size: int = 100) -> list[int]:
    """Returns the ids of as many orders of as many customers, the shop's only ones."""
    system.set(page_size=page_size, look_ahead=60)
    system.shop.orders.reset()
    return [system.shop.orders.add(store_id=1) for _ in range(count)]


def quarantined(system: System, website: str) -> list[int]:
    return sorted(order_id for order_id, outcome in system.app.ledger(website).items() if outcome == "failed")


def sizes(system: System) -> list[int]:
    queries = [request.query for request in system.shop.requests if request.kind == "list"]
    return [int(query["searchCriteria[pageSize]"]) for query in queries]


def statuses(system: System) -> list[int]:
    return [request.status for request in system.shop.requests]


@pytest.mark.parametrize("failure", [failure for failure, _ in OF_ONE_ORDER.values()], ids=OF_ONE_ORDER.keys())
def test_an_order_that_fails_alone_and_in_its_pages_costs_itself_whatever_the_status(
    system: System, failure: Failure
) -> None:
    ids = shop_of(system, 300)
    system.shop.failures.damage(ids[136], failure=failure)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "discovery")
    assert len(system.app.customers(website)) == 299
    assert quarantined(system, website) == [137]
    assert summary["watermark"] == 300
    assert len(system.shop.requests) <= 50


@pytest.mark.parametrize("failure", [failure for failure, _ in OF_ONE_ORDER.values()], ids=OF_ONE_ORDER.keys())
def test_an_order_that_fails_where_orders_are_read_by_their_ids_costs_itself_whatever_the_status(
    system: System, failure: Failure
) -> None:
    ids = shop_of(system, 60)
    system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.damage(ids[36], failure=failure)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"]) == ("COMPLETED", "probing")
    if failure is OF_ONE_ORDER["404 of Magento"][0]:  # is what Magento answers for an id without an order
        assert (len(system.app.customers(website)), quarantined(system, website)) == (59, [])
    else:
        assert (len(system.app.customers(website)), quarantined(system, website)) == (59, [37])


@pytest.mark.parametrize(("failure", "code"), OF_ONE_ORDER.values(), ids=OF_ONE_ORDER.keys())
def test_a_shop_where_every_order_fails_is_to_blame_though_an_empty_page_answers(
    system: System, failure: Failure, code: str
) -> None:
    ids = shop_of(system, 120)
    system.shop.failures.switch_on(too_many_orders(0, failure), "list", "order")
    website = system.add_website("mokken.example")

    for _ in range(2):
        system.shop.requests.clear()
        summary = system.sync(website)

        assert (summary["status"], summary["errorCode"]) == ("FAILED", code)
        assert len(system.shop.requests) <= 40
        assert system.app.ledger(website) == {}

    system.shop.failures.switch_off()
    assert system.sync(website)["status"] == "COMPLETED"
    assert sorted(system.app.ledger(website)) == ids
    assert len(system.app.customers(website)) == 120


def test_more_damaged_orders_than_can_be_believed_do_not_quarantine_the_healthy_ones(system: System) -> None:
    ids = shop_of(system, 100)
    system.shop.failures.damage(*ids[10:60], failure=failures.localized_error())
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "TOO_MANY_DAMAGED")
    assert quarantined(system, website) == ids[10 : 10 + MOST_DAMAGED]
    system.shop.failures.heal()
    while system.sync(website)["status"] != "COMPLETED":
        pass
    assert len(system.app.customers(website)) == 100


def test_each_gap_is_asked_for_once_where_orders_are_read_by_their_ids(system: System) -> None:
    shop_of(system, 0)
    for number in range(150):
        system.shop.orders.commit(1 + number * 3 + number % 2, store_id=1)
    ids = system.shop.orders.ids
    system.shop.failures.switch_on(failures.internal_error(), "list")
    website = system.add_website("mokken.example")

    assert system.sync(website)["method"] == "probing"

    gaps = ids[-1] - len(ids)
    assert len(system.app.customers(website)) == 150
    assert statuses(system).count(404) <= gaps * 1.1 + 60 + 40  # the look-ahead, and the batch in which it ends


@pytest.mark.parametrize("retry_after", ["5", "0", failures.http_date(0)], ids=["5", "0", "past"])
def test_pages_that_a_cache_answers_with_503_are_halved_after_two_waits(
    system: System, time: VirtualTime, retry_after: str
) -> None:
    ids = shop_of(system, 120)
    system.shop.failures.switch_on(too_many_orders(50, failures.error_page(503, retry_after)))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert sorted(system.app.ledger(website)) == ids
    assert len(system.app.customers(website)) == 120
    assert sizes(system)[:5] == [100, 100, 100, 1, 50]
    assert retry_after != "5" or time.waits[:2] == [5.0, 5.0]


@pytest.mark.parametrize("retry_after", ["5", "0", failures.http_date(0)], ids=["5", "0", "past"])
def test_one_order_that_a_cache_answers_with_503_is_quarantined_and_retried_without_failing_the_run(
    system: System, retry_after: str
) -> None:
    ids = shop_of(system, 120)
    system.shop.failures.damage(ids[70], failure=failures.error_page(503, retry_after))
    website = system.add_website("mokken.example")

    assert system.sync(website)["status"] == "COMPLETED"

    assert (len(system.app.customers(website)), quarantined(system, website)) == (119, [71])
    system.let_retries_come()
    assert system.scheduled_sync(website)["status"] == "COMPLETED"
    assert quarantined(system, website) == [71]


LONG: dict[str, Failure] = {
    "403 at 2,048 bytes": long_address(2048, failures.error_page(403)),
    "400 at 2,048 bytes": long_address(2048, failures.fixed(400, "<html>Bad Request</html>")),
    "404 at 2,048 bytes": long_address(2048, failures.error_page(404)),
    "414 at 2,048 bytes": long_address(2048, failures.error_page(414)),
    "reset at 2,048 bytes": long_address(2048, failures.reset()),
    "503 at 2,048 bytes": long_address(2048, failures.error_page(503, "5")),
    "empty 200 for long values": long_value(400, failures.fixed(200)),
    "500 for long values": long_value(400, failures.internal_error()),
    "403 for long values": long_value(400, failures.error_page(403)),
}


@pytest.mark.parametrize("failure", LONG.values(), ids=LONG.keys())
def test_gaps_are_read_in_parts_that_fit_where_the_address_is_too_long(system: System, failure: Failure) -> None:
    """Store 1 has every tenth of 600 orders, store 2 the others: the first run leaves 300 gaps, 3,165 bytes."""
    shop_of(system, 0)
    for number in range(600):
        system.shop.orders.commit(FIRST_ID + number, store_id=2 if number % 10 else 1)
    website = system.add_website("mokken.example", magentoLastEntityId=FIRST_ID - 1)
    system.shop.failures.switch_on(failure)
    assert system.sync(website)["importedCustomers"] == 60
    late = [FIRST_ID + 311, FIRST_ID + 455, FIRST_ID + 599]
    for order_id in late:
        system.shop.orders.change(order_id, store_id=1)
    new = system.shop.orders.add(store_id=1)
    system.shop.requests.clear()

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["failedOrders"]) == ("COMPLETED", "discovery", 0)
    assert {order_id: system.app.ledger(website).get(order_id) for order_id in [*late, new]} == dict.fromkeys(
        [*late, new], "imported"
    )
    assert len(system.shop.requests) <= 25


def all_invocations(system: System, website: str, time: VirtualTime) -> list[Summary]:
    """Returns the summaries of a run in virtual time, all invocations of it."""
    summaries: list[Summary] = []
    run = system.claim(website)
    while not summaries or summaries[-1]["status"] == "CONTINUED":
        syncer = replace(system.syncer, deadline=Deadline.after(900.0, time.now))
        summaries.append(syncer.run(website, run))
    return summaries


RATES = {
    "503 at 2/s, burst 5": (2.0, 5, 503),
    "429 at 1/s, burst 5": (1.0, 5, 429),
    "503 at 0.5/s without burst": (0.5, 0, 503),
}


@pytest.mark.parametrize(("per_second", "burst", "status"), RATES.values(), ids=RATES.keys())
def test_one_damaged_order_is_found_in_a_shop_that_limits_the_rate(
    system: System, time: VirtualTime, per_second: float, burst: int, status: int
) -> None:
    ids = shop_of(system, 1000)
    system.shop.failures.damage(ids[500])
    limit = RateLimit(per_second, burst, status, clock=time.at_request)
    system.shop.failures.switch_on(limit)
    website = system.add_website("mokken.example")

    summaries = all_invocations(system, website, time)

    assert (summaries[-1]["status"], summaries[-1]["method"]) == ("COMPLETED", "discovery")
    assert (len(system.app.customers(website)), quarantined(system, website)) == (999, [501])
    assert len(system.shop.requests) <= 80
    assert len(summaries) == 1


@pytest.mark.parametrize(("per_second", "burst", "status"), RATES.values(), ids=RATES.keys())
def test_a_clean_shop_that_limits_the_rate_is_read_with_few_refusals_in_pages_that_do_not_shrink(
    system: System, time: VirtualTime, per_second: float, burst: int, status: int
) -> None:
    shop_of(system, 3000, page_size=50)
    limit = RateLimit(per_second, burst, status, clock=time.at_request)
    system.shop.failures.switch_on(limit)
    website = system.add_website("mokken.example")

    [summary] = all_invocations(system, website, time)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", 3000)
    assert statuses(system).count(status) <= 4
    assert sizes(system) == sorted(sizes(system))


@pytest.mark.parametrize("total", [1036, 7])
def test_a_count_that_does_not_follow_the_filter_does_not_start_probing_in_each_run(system: System, total: int) -> None:
    shop_of(system, 60)
    system.shop.failures.switch_on(failures.fixed_total(total), "list")
    website = system.add_website("mokken.example")
    assert system.sync(website)["importedCustomers"] == 60

    for _ in range(3):
        system.shop.requests.clear()
        assert system.sync(website)["status"] == "COMPLETED"
        assert len(system.shop.requests) <= 4

    system.shop.orders.add(store_id=1)
    assert system.sync(website)["importedCustomers"] == 1


def test_a_count_that_does_not_follow_the_filter_starts_no_probing_in_a_store_without_orders(
    system: System,
) -> None:
    shop_of(system, 0)
    for _ in range(50):
        system.shop.orders.add(store_id=2)
    system.shop.failures.switch_on(failures.fixed_total(1036), "list")
    website = system.add_website("mokken.example")
    system.sync(website)

    for _ in range(3):
        system.shop.requests.clear()
        system.sync(website)
        assert len(system.shop.requests) <= 10


@pytest.mark.parametrize("altered", [failures.ids_as_text(37), failures.ids_as_text()], ids=["one order", "all orders"])
@pytest.mark.parametrize("method", ["discovery", "probing"])
def test_ids_that_are_sent_as_text_are_compared_by_value(system: System, method: str, altered: Failure) -> None:
    shop_of(system, 100)
    if method == "probing":
        system.shop.failures.switch_on(failures.internal_error(), "list")
    system.shop.failures.switch_on(altered)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["importedCustomers"]) == ("COMPLETED", method, 100)


@pytest.mark.parametrize("store_id", ["main", "", [1], True], ids=str)
@pytest.mark.parametrize("method", ["discovery", "probing"])
def test_an_order_whose_store_is_not_understood_is_quarantined_and_never_another_store_s(
    system: System, method: str, store_id: object
) -> None:
    shop_of(system, 100)
    if method == "probing":
        system.shop.failures.switch_on(failures.internal_error(), "list")
    altered = failures.altered_orders(lambda order: order | {"store_id": store_id}, 37)
    system.shop.failures.switch_on(altered)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["importedCustomers"]) == ("COMPLETED", method, 99)
    assert system.app.ledger(website)[37] == "failed"
    system.shop.failures.switch_off(altered)
    system.let_retries_come()
    assert system.sync(website)["importedCustomers"] == 1


@pytest.mark.parametrize("known", [1, 3])
def test_orders_above_deleted_ones_are_read_where_the_list_is_unusable(system: System, known: int) -> None:
    ids = shop_of(system, known)
    website = system.add_website("mokken.example")
    assert system.sync(website)["importedCustomers"] == known
    system.shop.orders.delete(*ids)
    for _ in range(20):
        system.shop.orders.reserve()
    new = [system.shop.orders.add(store_id=1) for _ in range(5)]
    system.shop.failures.switch_on(failures.internal_error(), "list")

    summary = system.sync(website)

    assert (summary["status"], summary["method"], summary["importedCustomers"]) == ("COMPLETED", "probing", 5)
    assert set(new) <= set(system.app.ledger(website))


def test_a_long_pause_is_made_whatever_else_is_going_on(system: System, time: VirtualTime) -> None:
    ids = shop_of(system, 100)
    system.shop.failures.damage(ids[50], failure=failures.error_page(503, "3600"))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("FAILED", "MAINTENANCE")
    run = system.app.run(str(summary["runId"]))
    assert (run["retryAt"] - run["finishedAt"]).total_seconds() == pytest.approx(3600, abs=10)
    assert (statuses(system).count(503), time.waits) == (1, [])


def test_a_refused_password_is_never_sent_again_to_find_out_whose_fault_it_is(system: System) -> None:
    shop_of(system, 30)
    website = system.add_website("mokken.example")
    system.put_credentials(website, {"username": "admin", "password": "wrong"})

    assert system.sync(website)["errorCode"] == "PASSWORD_REFUSED"

    assert [request.kind for request in system.shop.requests] == ["token"]


def test_one_order_that_answers_401_costs_no_login(system: System) -> None:
    ids = shop_of(system, 100)
    system.shop.failures.damage(ids[50], failure=failures.missing_permission())
    website = system.add_website("mokken.example")
    system.put_credentials(website, {"username": "admin", "password": "right-password"})

    assert system.sync(website)["importedCustomers"] == 99

    assert [request.kind for request in system.shop.requests].count("token") == 1


def test_orders_of_one_shop_with_many_faults_are_all_accounted_for(system: System) -> None:
    orders = many_orders(500, store_ids=(1,), seed=3)
    system.set(page_size=100)
    system.shop.orders.reset(orders)
    ids = system.shop.orders.ids
    faults = [
        failures.localized_error(),
        failures.error_page(403),
        failures.internal_error(),
        failures.error_page(503, "0"),
    ]
    damaged = ids[20:500:40]
    for number, order_id in enumerate(damaged):
        system.shop.failures.damage(order_id, failure=faults[number % len(faults)])
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", len(damaged))
    assert quarantined(system, website) == damaged
    assert summary["ordersFetched"] == 500
