"""What probing believes of single answers, and which control requests it sends before."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.client import FULL, Effort
from magento_sync.magento.http.failures import (
    Busy,
    InternalError,
    LoginFailed,
    LongPause,
    NoSuchEntity,
    PageNotFound,
    Refused,
    ServerFailed,
    TimedOut,
    TimeIsUp,
    Unauthorized,
    Unreachable,
)
from magento_sync.magento.orders import id_reader
from magento_sync.magento.orders.damage import MOST_DAMAGED, Damage
from magento_sync.magento.orders.id_reader import BATCH, MOST_KNOWN, ONCE, IdReader
from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.magento.orders.requests import RequestStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.page import Page

STORE = 1
LIST_FAILURE = ServerFailed("SHOP_ERROR")
BROKEN = InternalError("SHOP_ERROR")
GONE = NoSuchEntity("NOT_FOUND")


@dataclass
class FakeShop:
    """A shop's orders by their ids.

    Attributes:
        ids: Those that exist.
        failures: What a request for one brings, answer after answer; the last one for ever.
        stores: The store ids of those that are not the website's.
        asked: Id and effort of each request.
    """

    ids: set[int]
    failures: dict[int, list[ShopError | None]] = field(default_factory=dict)
    stores: dict[int, object] = field(default_factory=dict)
    asked: list[tuple[int, Effort]] = field(default_factory=list)

    def get(self, path: str, _query: object, effort: Effort) -> dict[str, Any]:
        order_id = int(path.removeprefix("/orders/"))
        self.asked.append((order_id, effort))
        failures = self.failures.get(order_id, [])
        failure = failures.pop(0) if len(failures) > 1 else failures[0] if failures else None
        if failure is not None:
            raise failure
        if order_id not in self.ids:
            raise GONE
        return {"entity_id": order_id, "store_id": self.stores.get(order_id, STORE)}

    @property
    def asked_ids(self) -> list[int]:
        return [order_id for order_id, _ in self.asked]


def reader_of(  # noqa: PLR0913 - what probing depends on
    shop: FakeShop,
    known: Sequence[int] = (),
    *,
    damage: Damage | None = None,
    looked_up_to: int = 0,
    look_ahead: int = 100,
    gap_window: int = 300,
) -> IdReader:
    return IdReader(
        cast("MagentoClient", shop),
        [STORE],
        RequestStyle(),
        known=known,
        damage=damage or Damage(),
        cursor=ProbeCursor(looked_up_to, looked_up_to),
        look_ahead=look_ahead,
        gap_window=gap_window,
        reason=LIST_FAILURE,
    )


def ids(page: Page) -> list[int]:
    return [order.id for order in page.orders]


def up_to(last: int) -> set[int]:
    return set(range(1, last + 1))


def test_probing_begins_once_any_known_order_answers() -> None:
    """Others may have been deleted or damaged since."""
    shop = FakeShop({2, 10}, {8: [BROKEN]})

    assert ids(reader_of(shop, [9, 8, 2]).page(9, [])) == [10]

    assert shop.asked[:3] == [(9, ONCE), (8, ONCE), (2, ONCE)]


@pytest.mark.parametrize("failure", [BROKEN, ServerFailed("ANSWER_UNUSABLE"), TimedOut("TIMEOUT"), PageNotFound()])
def test_the_list_s_failure_is_raised_where_no_known_order_answers(failure: ShopError) -> None:
    shop = FakeShop({10}, {9: [failure]})

    with pytest.raises(ServerFailed) as caught:
        reader_of(shop, [9]).page(9, [])

    assert caught.value is LIST_FAILURE
    assert shop.asked == [(9, ONCE)]


@pytest.mark.parametrize("failures", [{9: [BROKEN]}, {8: [BROKEN]}])
def test_a_known_order_that_fails_is_not_a_deleted_one(failures: dict[int, list[ShopError | None]]) -> None:
    with pytest.raises(ServerFailed) as caught:
        reader_of(FakeShop({10}, failures), [9, 8]).page(9, [])

    assert caught.value is LIST_FAILURE


def test_a_shop_that_does_not_answer_is_not_asked_for_another_known_order() -> None:
    unreachable = Unreachable("UNREACHABLE")
    shop = FakeShop({8, 10}, {9: [unreachable]})

    with pytest.raises(Unreachable) as caught:
        reader_of(shop, [9, 8]).page(9, [])

    assert (caught.value, shop.asked_ids) == (unreachable, [9])


def test_any_order_that_answers_will_do_where_all_known_orders_are_gone() -> None:
    shop = FakeShop({10, 11, 12})
    reader = reader_of(shop, [9, 8])

    assert [ids(reader.page(9, [])), ids(reader.page(11, []))] == [[10, 11], [12]]

    assert shop.asked[:4] == [(9, ONCE), (8, ONCE), (10, ONCE), (11, ONCE)]


def test_an_order_far_above_the_deleted_ones_will_do_too() -> None:
    reader = reader_of(FakeShop({60}), [9], look_ahead=100)

    assert [ids(reader.page(9, [])) for _ in range(3)] == [[], [], [60]]


STOPPING = [
    LongPause("MAINTENANCE", retry_after=600.0),
    TimeIsUp(),
    LoginFailed("UNREACHABLE"),
]


@pytest.mark.parametrize("failure", STOPPING, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("at", [9, 10], ids=["a known order", "another order"])
def test_a_long_pause_a_failed_login_and_a_lack_of_time_end_probing(failure: ShopError, at: int) -> None:
    with pytest.raises(type(failure)) as caught:
        reader_of(FakeShop({9, 10, 11}, {at: [failure]}), [9]).page(9, [])

    assert caught.value is failure


OF_THE_WHOLE_SHOP = [Busy("TOO_MANY_REQUESTS"), Unauthorized("CREDENTIALS_REFUSED"), Unreachable("UNREACHABLE")]


@pytest.mark.parametrize("failure", OF_THE_WHOLE_SHOP, ids=lambda failure: failure.code)
def test_a_known_order_that_is_refused_ends_probing_with_its_failure(failure: ShopError) -> None:
    with pytest.raises(type(failure)) as caught:
        reader_of(FakeShop({9, 10, 11}, {9: [failure]}), [9]).page(9, [])

    assert caught.value is failure


OF_ONE_ORDER = [
    *OF_THE_WHOLE_SHOP,
    BROKEN,
    ServerFailed("ANSWER_NOT_JSON"),
    TimedOut("TIMEOUT"),
    Busy("MAINTENANCE", retry_after=5.0),
    Unauthorized("CREDENTIALS_REFUSED", "Magento_Customer::manage"),
    Refused("REQUEST_REFUSED", {"status": 400}),
    Refused("FIREWALL", {"status": 403}),
    PageNotFound(),
]


@pytest.mark.parametrize("failure", OF_ONE_ORDER, ids=lambda failure: f"{type(failure).__name__} {failure.code}")
def test_any_failure_of_one_order_costs_that_order_only(failure: ShopError) -> None:
    page = reader_of(FakeShop({9, 10, 11, 12}, {11: [failure]}), [9]).page(9, [])

    assert (ids(page), page.damaged) == ([10, 12], [11])


def test_a_shop_where_no_order_is_known_is_asked_for_two_orders_first() -> None:
    shop = FakeShop(up_to(5))

    assert ids(reader_of(shop).page(0, [])) == [1, 2]

    assert shop.asked == [(1, ONCE), (2, ONCE)]


def test_a_shop_without_any_order_that_answers_is_not_an_empty_shop() -> None:
    """Without an order that answers, a 404 may mean anything."""
    reader = reader_of(FakeShop(set()), look_ahead=60)

    pages = [reader.page(0, []), reader.page(0, [])]
    with pytest.raises(ServerFailed) as caught:
        reader.page(0, [])

    assert [(page.last, ids(page)) for page in pages] == [(False, [])] * 2
    assert caught.value is LIST_FAILURE


def test_a_page_without_orders_is_believed_only_while_a_known_order_answers() -> None:
    shop = FakeShop(up_to(5))
    reader = reader_of(shop, [5], look_ahead=1000)
    reader.page(5, [])
    shop.ids.clear()

    with pytest.raises(ServerFailed) as caught:
        reader.page(5, [])

    assert caught.value is LIST_FAILURE


def test_the_newest_orders_of_several_pages_serve_as_known_orders() -> None:
    """The very newest may be deleted."""
    shop = FakeShop(up_to(3 * BATCH))
    reader = reader_of(shop, [1], look_ahead=1000)
    for page in range(3):
        reader.page(page * BATCH, [])
    shop.ids -= {3 * BATCH, 2 * BATCH}

    assert ids(reader.page(3 * BATCH, [])) == []

    assert shop.asked_ids[-3:] == [3 * BATCH, 2 * BATCH, BATCH]


def test_a_shop_that_loses_all_orders_costs_few_requests() -> None:
    shop = FakeShop(up_to(5 * BATCH))
    reader = reader_of(shop, [1], look_ahead=1000)
    for page in range(5):
        reader.page(page * BATCH, [])
    shop.ids.clear()
    shop.asked.clear()

    with pytest.raises(ServerFailed):
        reader.page(5 * BATCH, [])

    assert len(shop.asked) == BATCH + MOST_KNOWN


@pytest.mark.parametrize("times", [1, 2])
def test_an_order_that_fails_by_chance_is_read(times: int) -> None:
    shop = FakeShop(up_to(5), {3: [*[BROKEN] * times, None]})

    page = reader_of(shop, [1]).page(1, [])

    assert (ids(page), page.damaged) == ([2, 3, 4, 5], [])


def test_an_order_that_fails_three_times_is_damaged() -> None:
    shop = FakeShop(up_to(5), {3: [BROKEN]})

    page = reader_of(shop, [1]).page(1, [])

    assert (ids(page), page.damaged) == ([2, 4, 5], [3])
    assert [effort for order_id, effort in shop.asked if order_id == 3] == [FULL, ONCE, ONCE]


def test_no_order_is_damaged_while_no_known_order_answers() -> None:
    shop = FakeShop(up_to(5), {1: [None, BROKEN], 3: [BROKEN], 2: [BROKEN]})

    with pytest.raises(ServerFailed) as caught:
        reader_of(shop, [1]).page(1, [])

    assert caught.value is LIST_FAILURE
    assert shop.asked_ids == [1, 2, 1]


def test_a_failure_above_all_orders_is_not_recorded_as_a_damaged_order() -> None:
    """There may be no order under its id yet."""
    assert reader_of(FakeShop({1, 2}, {2: [BROKEN]})).page(0, []).damaged == []


def test_the_first_order_that_answers_proves_that_the_one_below_it_is_damaged() -> None:
    page = reader_of(FakeShop({1, 2, 3}, {1: [BROKEN]})).page(0, [])

    assert (ids(page), page.damaged) == ([2], [1])


def test_an_order_that_is_read_at_the_second_attempt_keeps_its_place() -> None:
    page = reader_of(FakeShop({1, 2}, {1: [BROKEN, None]})).page(0, [])

    assert ids(page) == [1, 2]


def test_an_id_without_an_order_is_asked_for_once() -> None:
    """The window of gaps covers it in the next run."""
    shop = FakeShop({2, 5}, {3: [GONE, None]})

    assert ids(reader_of(shop, [1, 2]).page(1, [])) == [2, 5]

    assert shop.asked_ids.count(3) == shop.asked_ids.count(4) == 1


def test_gaps_are_asked_for_once_and_only_above_the_cursor() -> None:
    shop = FakeShop(up_to(9))

    page = reader_of(shop, [9], looked_up_to=4).page(9, [2, 4, 6, 8, 12])

    assert ids(page) == [6, 8]
    assert shop.asked_ids == [9, 6, 8, *range(10, 10 + BATCH - 2)]


def test_no_more_orders_are_asked_for_at_a_time_than_are_stored_together() -> None:
    shop = FakeShop(up_to(100))

    page = reader_of(shop, [100]).page(100, list(range(1, 100, 2)))

    assert ids(page) == list(range(1, 2 * BATCH, 2))


@pytest.mark.parametrize("store", [2, "2", None])
def test_orders_of_other_stores_are_noted_apart(store: object) -> None:
    page = reader_of(FakeShop(up_to(4), stores={3: store}), [1]).page(1, [])

    assert (ids(page), page.elsewhere) == ([2, 4], [3])


@pytest.mark.parametrize(("store", "fault"), [("1", None), ("main", "UNUSABLE_VALUE")])
def test_an_order_is_another_store_s_only_if_its_store_is_understood(store: object, fault: str | None) -> None:
    page = reader_of(FakeShop(up_to(4), stores={3: store}), [1]).page(1, [])

    assert ([(order.id, order.fault) for order in page.orders], page.elsewhere) == (
        [(2, None), (3, fault), (4, None)],
        [],
    )


def test_orders_are_returned_after_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 31))
    monkeypatch.setattr(id_reader, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    reader = reader_of(FakeShop(up_to(9)), [1])

    assert [ids(reader.page(1, [])), ids(reader.page(2, []))] == [[2], [3]]


def test_ids_are_skipped_only_as_far_as_gaps_are_asked_for_again() -> None:
    """Orders that arrived below a far higher one since their ids answered 404 are read before it."""
    shop = FakeShop({5})
    reader = reader_of(shop, [5], gap_window=30)
    assert ids(reader.page(5, [])) == []
    shop.ids |= {20, 60}

    assert [ids(reader.page(5, [])), ids(reader.page(5, [])), ids(reader.page(20, []))] == [[], [20], [60]]


def test_ids_within_the_window_of_gaps_are_left_to_the_next_run() -> None:
    shop = FakeShop({5})
    reader = reader_of(shop, [5], gap_window=100)
    assert ids(reader.page(5, [])) == []
    shop.ids |= {20, 60}

    page = reader.page(5, [])

    assert (ids(page), page.certain_up_to) == ([60], 60)


def test_orders_below_the_first_damaged_one_of_too_many_are_returned_first() -> None:
    shop = FakeShop(up_to(9), {4: [BROKEN], 6: [BROKEN]})
    reader = reader_of(shop, [1], damage=Damage(before=MOST_DAMAGED - 1))

    page = reader.page(1, [])

    assert (ids(page), page.damaged, page.last) == ([2, 3, 5], [4], False)
    shop.failures.clear()
    shop.asked.clear()
    with pytest.raises(ShopNeedsPerson, match="TOO_MANY_DAMAGED"):
        reader.page(5, [])
    assert shop.asked == []


def test_no_order_is_asked_for_beyond_too_many_damaged_ones() -> None:
    shop = FakeShop(up_to(60), {order_id: [BROKEN] for order_id in range(2, 60)})
    reader_of(shop, [1], damage=Damage(before=MOST_DAMAGED - 1)).page(1, [])

    assert max(shop.asked_ids) == 3


def test_too_many_damaged_orders_do_not_end_the_search() -> None:
    """Even where the first of those too many lies at the end of the look-ahead."""
    shop = FakeShop(up_to(5), {6: [BROKEN], 9: [BROKEN]})

    page = reader_of(shop, [5], damage=Damage(before=MOST_DAMAGED - 1), look_ahead=3).page(5, [])

    assert (page.damaged, page.last) == ([6], False)


def test_too_many_damaged_orders_with_nothing_below_them_fail_at_once() -> None:
    reader = reader_of(FakeShop(up_to(9), {2: [BROKEN]}), [1], damage=Damage(before=MOST_DAMAGED))

    with pytest.raises(ShopNeedsPerson, match="TOO_MANY_DAMAGED"):
        reader.page(1, [])


def test_orders_that_the_list_found_damaged_count_once() -> None:
    damage = Damage(before=MOST_DAMAGED - 1, found={4})
    reader = reader_of(FakeShop(up_to(9), {4: [BROKEN]}), [1], damage=damage)

    page = reader.page(1, [])

    assert (ids(page), page.damaged) == ([2, 3, 5, 6, 7, 8, 9], [4])
