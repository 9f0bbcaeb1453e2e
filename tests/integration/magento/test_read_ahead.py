"""While many orders wait, pages are read before they are needed: no order is lost, whatever fails on the way."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures, many_orders
from tests.support.model.watch import WatchedDatabase
from tests.support.shop_failures import side_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.failures import Healthy
    from local.shop.http.log import LoggedRequest
    from local.shop.http.responses import Response
    from tests.support.system import System

COUNT = 400
PAGE = 10


@pytest.fixture
def large(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    """A shop of two stores and 400 orders that allows pages of ten; reading ahead begins with fifty."""
    monkeypatch.setattr("magento_sync.magento.orders.list_reader.LEAST_WAITING", 50)
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.0001)
    monkeypatch.setattr("magento_sync.magento.client.FIRST_PAUSE_SECONDS", 0.0001)
    fill(system, many_orders(COUNT, store_ids=(1, 2), seed=5))
    system.shop.configure(max_page_size=PAGE)
    system.set(page_size=PAGE, gap_window=20, connections_per_sync=2)
    return system


def fill(system: System, orders: list[dict[str, Any]]) -> None:
    """Puts orders into the shop; the e-mail of each shows its id."""
    system.shop.orders.reset([order | {"customer_email": email_of(order["entity_id"])} for order in orders])


def email_of(order_id: int) -> str:
    return f"customer{order_id}@example.com"


def imported(system: System, website: str) -> set[int]:
    """Returns the ids of the orders that became customers, each once."""
    emails = system.app.emails(website)
    assert len(emails) == len(set(emails))
    return {int(re.sub("[^0-9]", "", email)) for email in emails}


@dataclass(frozen=True)
class Together:
    """Notes how many list requests are answered at once.

    Attributes:
        barrier: Where the first two requests for ranges of ids wait for each other, if they do.
        ranges: The requests for ranges of ids.
        under_way: The threads that answer at this moment.
        counts: How many there were, at the start of each request.
    """

    barrier: threading.Barrier | None = None
    ranges: list[str] = field(default_factory=list)
    under_way: set[int] = field(default_factory=set)
    counts: list[int] = field(default_factory=list)

    def __call__(self, healthy: Healthy, target: str) -> Response:
        """Returns the healthy response."""
        self.under_way.add(threading.get_ident())
        self.counts.append(len(self.under_way))
        if "lteq" in target:
            self.ranges.append(target)
            if self.barrier and len(self.ranges) <= self.barrier.parties:
                self.barrier.wait(10.0)
        response = healthy()
        self.under_way.discard(threading.get_ident())
        return response


def ahead(system: System) -> list[LoggedRequest]:
    """Returns the requests for ranges of ids."""
    return [request for request in system.shop.requests if "lteq" in request.query.values()]


def own_ids(system: System) -> list[int]:
    return [one for one in system.shop.orders.ids if (system.shop.orders.get(one) or {})["store_id"] == 1]


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_every_order_is_read_once_over_any_number_of_connections(large: System, connections: int) -> None:
    large.set(connections_per_sync=connections)
    website = large.add_website()

    summary = large.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", len(own_ids(large)))
    assert summary["watermark"] == own_ids(large)[-1]
    assert imported(large, website) == set(own_ids(large))
    assert len(ahead(large)) > 0.8 * len(own_ids(large)) / PAGE
    refused = connections + 1  # for the shop's limit of a page
    assert len(large.shop.requests) < 2 * len(own_ids(large)) / PAGE + refused


def test_pages_grow_while_they_are_read_ahead(large: System) -> None:
    large.shop.configure(max_page_size=None)

    large.sync(large.add_website())

    sizes = [int(request.query["searchCriteria[pageSize]"]) for request in ahead(large)]
    assert (sizes[0], max(sizes) >= 4 * PAGE) == (2 * PAGE, True)


def test_two_connections_send_requests_at_the_same_time(large: System) -> None:
    together = Together(threading.Barrier(2))
    large.shop.failures.switch_on(together, "list")

    assert large.sync(large.add_website())["status"] == "COMPLETED"
    assert max(together.counts) == 2


@pytest.mark.parametrize("why", ["one connection", "few orders", "a shop that signs wrongly"])
def test_otherwise_one_request_is_sent_at_a_time(large: System, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    together = Together()
    large.shop.failures.switch_on(together, "list")
    if why == "one connection":
        large.set(connections_per_sync=1)
    elif why == "few orders":
        monkeypatch.setattr("magento_sync.magento.orders.list_reader.LEAST_WAITING", COUNT + 1)
    else:
        large.shop.failures.missigned = "[],"

    assert large.sync(large.add_website())["status"] == "COMPLETED"
    assert max(together.counts) == 1
    assert bool(ahead(large)) == (why == "one connection")


@pytest.mark.parametrize("connections", [1, 2])
@pytest.mark.parametrize(
    "failure",
    [
        failures.internal_error(),
        failures.reset(),
        failures.error_page(429),
        failures.challenge(),
        failures.localized_error(),
        failures.fixed(200, "{}", "application/json"),
    ],
    ids=["500", "reset", "429", "challenge", "400", "empty object"],
)
def test_a_failure_ends_reading_ahead_and_costs_no_order(
    large: System, failure: failures.Failure, connections: int
) -> None:
    large.set(connections_per_sync=connections)
    large.shop.failures.switch_on(failure, "list", after=10, times=1)
    website = large.add_website()

    summary = large.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 0)
    assert imported(large, website) == set(own_ids(large))
    assert 0 < len(ahead(large)) <= 10 + connections


def test_damaged_orders_are_found_as_without_reading_ahead(large: System) -> None:
    damaged = own_ids(large)[60], own_ids(large)[130]
    large.shop.failures.damage(*damaged)
    website = large.add_website()

    summary = large.sync(website)

    assert (summary["status"], summary["failedOrders"]) == ("COMPLETED", 2)
    assert {one for one, what in large.app.ledger(website).items() if what == "failed"} == set(damaged)
    assert imported(large, website) == set(own_ids(large)) - set(damaged)


def test_a_range_that_holds_more_than_a_page_is_read_to_its_end(large: System) -> None:
    orders = many_orders(COUNT, store_ids=(1,), seed=6)
    fill(large, [order | {"entity_id": ids_that_grow_denser(number)} for number, order in enumerate(orders)])
    website = large.add_website()

    large.sync(website)

    assert imported(large, website) == set(own_ids(large))


def test_a_wide_gap_in_the_ids_ends_reading_ahead_without_harm(large: System) -> None:
    orders = many_orders(COUNT, store_ids=(1,), seed=6)
    for order in orders[200:]:
        order["entity_id"] += 1_000_000
    fill(large, orders)
    website = large.add_website()

    large.sync(website)

    assert imported(large, website) == set(own_ids(large))
    assert len(large.shop.requests) < 2 * COUNT / PAGE


def ids_that_grow_denser(number: int) -> int:
    """Every hundredth id at first, and one after another for the last sixty orders: a range then holds too many."""
    sparse = min(number, COUNT - 60)
    return 100 * sparse + 1 + number - sparse


@pytest.mark.parametrize("entity_id", [lambda number: number + 1, ids_that_grow_denser])
@pytest.mark.parametrize("connections", [1, 3])
def test_the_newest_orders_are_never_read_ahead(
    large: System, connections: int, entity_id: Callable[[int], int]
) -> None:
    """An order may become visible as long as fewer than `GAP_WINDOW` further ids were handed out."""
    window = 25
    large.set(gap_window=window, connections_per_sync=connections)
    orders = many_orders(COUNT, store_ids=(1,), seed=7)
    fill(large, [order | {"entity_id": entity_id(number)} for number, order in enumerate(orders)])

    large.sync(large.add_website())

    requests = [request for request in large.shop.requests if request.kind == "list"]
    last_ahead = max(number for number, request in enumerate(requests) if "lteq" in request.query.values())
    usual = requests[last_ahead + 1]
    assert int(usual.query["searchCriteria[filterGroups][0][filters][0][value]"]) <= own_ids(large)[-window - 1]


@pytest.mark.parametrize("fails_after", [None, 6])
def test_an_order_that_appears_in_a_gap_is_found(large: System, database_url: str, fails_after: int | None) -> None:
    """After each commit, an order appears before the shop has handed out `GAP_WINDOW` further ids."""
    window = 60
    large.set(gap_window=window)
    fill(large, [order | {"entity_id": 2 * order["entity_id"]} for order in many_orders(COUNT, store_ids=(1,), seed=7)])
    website = large.add_website()
    late: list[int] = []

    def commit_late() -> None:
        watermark = large.app.website(website)["magentoLastEntityId"] or 0
        ids = large.shop.orders.ids
        late.extend(
            large.shop.orders.commit(one, store_id=1, customer_email=email_of(one))
            for one in {watermark - 1, watermark - 11} - set(ids)
            if one > ids[-1] - window
        )

    database = WatchedDatabase(lambda *, fresh=False: database_url)  # noqa: ARG005 - the form of a source
    database.seen = commit_late
    if fails_after is not None:
        large.shop.failures.switch_on(failures.internal_error(), "list", times=1, after=fails_after)

    assert large.beside(database).sync(website)["status"] == "COMPLETED"
    database.close()
    large.sync(website)
    assert len(late) > window / 2 / PAGE
    assert set(late) <= imported(large, website)


def test_no_order_below_a_watermark_that_its_owner_raises_is_read(large: System) -> None:
    website = large.add_website()
    raised = own_ids(large)[100]
    raise_it = side_effect(lambda: large.app.change_website(website, magentoLastEntityId=raised))
    large.shop.failures.switch_on(raise_it, "list", times=1, after=4)

    assert large.sync(website)["status"] == "COMPLETED"
    assert set(own_ids(large)[101:]) <= imported(large, website)
    assert not set(own_ids(large)[60:101]) & imported(large, website)


@pytest.mark.parametrize("ending", ["stopped", "out of time"])
def test_no_request_is_under_way_when_an_invocation_ends(large: System, ending: str) -> None:
    website = large.add_website()
    if ending == "stopped":
        switch_off = side_effect(lambda: large.app.change_website(website, magentoAutoUploadEnabled=False))
        large.shop.failures.switch_on(switch_off, "list", times=1, after=6)
    else:
        large.seconds_left = 20.0

    status = large.sync(website)["status"]

    assert status == ("STOPPED" if ending == "stopped" else "CONTINUED")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_an_admin_logs_in_once_for_all_connections(large: System) -> None:
    large.shop.tokens.set_password("admin", "right")
    website = large.add_website()
    large.put_credentials(website, {"username": "admin", "password": "right"})

    large.sync(website)

    assert len([request for request in large.shop.requests if request.kind == "token"]) == 1
