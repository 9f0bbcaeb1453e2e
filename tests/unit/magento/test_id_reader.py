"""What probing believes of single answers, and whom it asks before it does."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.client import ATTEMPTS
from magento_sync.magento.http.responses import AnswerUnusable, InternalError, LoginFailed, NoSuchEntity, Unauthorized
from magento_sync.magento.orders import id_reader as probing_module
from magento_sync.magento.orders.damage import MOST_DAMAGED, Damage
from magento_sync.magento.orders.id_reader import BATCH, MOST_KNOWN, IdReader
from magento_sync.magento.orders.requests import RequestStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.errors import ShopError
    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.requests import Page

STORE = 1
WHY = ShopUnavailable("SHOP_ERROR")
BROKEN = InternalError("SHOP_ERROR")
GONE = NoSuchEntity("NOT_FOUND")


@dataclass
class Shelf:
    """A shop's orders by their ids.

    Attributes:
        ids: Those that exist.
        failures: What asking for one brings, answer after answer; the last one for ever.
        elsewhere: Those of another store.
        asked: Id and attempts of each question.
        closed: How many connections were.
    """

    ids: set[int]
    failures: dict[int, list[ShopError | None]] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    asked: list[tuple[int, int]] = field(default_factory=list)
    closed: int = 0

    def get(self, path: str, _query: object, *, attempts: int, longest: object) -> object:
        assert longest is None
        order_id = int(path.removeprefix("/orders/"))
        self.asked.append((order_id, attempts))
        failures = self.failures.get(order_id, [])
        failure = failures.pop(0) if len(failures) > 1 else failures[0] if failures else None
        if failure is not None:
            raise failure
        if order_id not in self.ids:
            raise GONE
        return {"entity_id": order_id, "store_id": 2 if order_id in self.elsewhere else STORE}

    def close(self) -> None:
        self.closed += 1

    @property
    def asked_ids(self) -> list[int]:
        """Sorted, as two are asked for at the same time."""
        return sorted(order_id for order_id, _ in self.asked)


def probing(
    shelf: Shelf,
    known: Sequence[int] = (),
    *,
    damage: Damage | None = None,
    looked_up_to: int = 0,
    look_ahead: int = 100,
) -> IdReader:
    return IdReader(
        lambda: cast("MagentoClient", shelf),
        [STORE],
        RequestStyle(),
        known=known,
        damage=damage or Damage(),
        looked_up_to=looked_up_to,
        exists_up_to=looked_up_to,
        look_ahead=look_ahead,
        why=WHY,
    )


def ids(page: Page) -> list[int]:
    return [order["entity_id"] for order in page.orders]


def upto(last: int) -> set[int]:
    return set(range(1, last + 1))


def test_one_known_order_that_answers_is_enough() -> None:
    """Others may have been deleted or damaged since."""
    shelf = Shelf({2, 10}, {8: [BROKEN]})

    assert ids(probing(shelf, [9, 8, 2]).page(9, [])) == [10]

    assert shelf.asked[:3] == [(9, 1), (8, 1), (2, 1)]


@pytest.mark.parametrize("failure", [GONE, BROKEN, AnswerUnusable("ANSWER_UNUSABLE"), ShopUnavailable("UNREACHABLE")])
def test_where_no_known_order_answers_the_list_s_failure_is_told(failure: ShopError) -> None:
    shelf = Shelf({10}, {9: [failure]})

    with pytest.raises(ShopUnavailable) as told:
        probing(shelf, [9]).page(9, [])

    assert told.value is WHY
    assert shelf.asked == [(9, 1)]


def test_a_shop_that_is_down_is_not_asked_for_another_known_order() -> None:
    shelf = Shelf({8, 10}, {9: [ShopUnavailable("UNREACHABLE")]})

    with pytest.raises(ShopUnavailable) as told:
        probing(shelf, [9, 8]).page(9, [])

    assert (told.value, shelf.asked) == (WHY, [(9, 1)])


PASSED_ON = [
    ShopUnavailable("MAINTENANCE", retry_after=600.0),
    ShopUnavailable("TOO_MANY_REQUESTS"),
    ShopUnavailable("TIME_IS_UP"),
    LoginFailed("UNREACHABLE"),
    Unauthorized("CREDENTIALS_REFUSED"),
]


@pytest.mark.parametrize("failure", PASSED_ON, ids=lambda error: error.code)
@pytest.mark.parametrize("at", [9, 10], ids=["a known order", "an order"])
def test_what_is_no_order_s_fault_is_passed_on(failure: ShopError, at: int) -> None:
    with pytest.raises(type(failure)) as told:
        probing(Shelf({9, 10, 11}, {at: [failure]}), [9]).page(9, [])

    assert told.value is failure


def test_a_shop_where_nothing_is_known_is_asked_two_small_questions_first() -> None:
    shelf = Shelf(upto(5))

    assert ids(probing(shelf).page(0, [])) == [1, 2]

    assert sorted(shelf.asked) == [(1, 1), (2, 1)]


def test_nothing_at_all_is_no_end() -> None:
    """Without an order to hold on to, a 404 may be anything."""
    reading = probing(Shelf(set()), look_ahead=60)

    told = [reading.page(0, []), reading.page(0, [])]
    with pytest.raises(ShopUnavailable) as failure:
        reading.page(0, [])

    assert [(page.last, ids(page)) for page in told] == [(False, [])] * 2
    assert failure.value is WHY


def test_a_page_without_orders_is_believed_only_while_a_known_order_answers() -> None:
    shelf = Shelf(upto(5))
    reading = probing(shelf, [5], look_ahead=1000)
    reading.page(5, [])
    shelf.ids.clear()

    with pytest.raises(ShopUnavailable) as told:
        reading.page(5, [])

    assert told.value is WHY


def test_some_orders_are_remembered_to_hold_on_to() -> None:
    """The newest of the last pages: the very newest may be deleted."""
    shelf = Shelf(upto(3 * BATCH))
    reading = probing(shelf, [1], look_ahead=1000)
    for page in range(3):
        reading.page(page * BATCH, [])
    shelf.ids -= {3 * BATCH, 2 * BATCH}

    assert ids(reading.page(3 * BATCH, [])) == []

    assert [one for one, _ in shelf.asked[-3:]] == [3 * BATCH, 2 * BATCH, BATCH]


def test_an_emptied_shop_costs_few_questions() -> None:
    shelf = Shelf(upto(5 * BATCH))
    reading = probing(shelf, [1], look_ahead=1000)
    for page in range(5):
        reading.page(page * BATCH, [])
    shelf.ids.clear()
    shelf.asked.clear()

    with pytest.raises(ShopUnavailable):
        reading.page(5 * BATCH, [])

    assert len(shelf.asked) == BATCH + MOST_KNOWN


@pytest.mark.parametrize("times", [1, 2])
def test_what_fails_by_chance_is_read(times: int) -> None:
    shelf = Shelf(upto(5), {3: [*[BROKEN] * times, None]})

    page = probing(shelf, [1]).page(1, [])

    assert (ids(page), page.damaged) == ([2, 3, 4, 5], [])


def test_what_fails_three_times_is_damaged() -> None:
    shelf = Shelf(upto(5), {3: [BROKEN]})

    page = probing(shelf, [1]).page(1, [])

    assert (ids(page), page.damaged) == ([2, 4, 5], [3])
    assert [attempts for order_id, attempts in shelf.asked if order_id == 3] == [ATTEMPTS, 1, 1]


def test_nothing_is_damaged_while_no_known_order_answers() -> None:
    shelf = Shelf(upto(5), {1: [None, BROKEN], 3: [BROKEN], 2: [BROKEN]})

    with pytest.raises(ShopUnavailable) as told:
        probing(shelf, [1]).page(1, [])

    assert told.value is WHY
    assert shelf.asked_ids == [1, 1, 2, 3]


def test_an_order_read_beside_a_damaged_one_is_one_to_hold_on_to() -> None:
    """Where none was known before."""
    assert probing(Shelf({1, 2}, {2: [BROKEN]})).page(0, []).damaged == []
    page = probing(Shelf({1, 2, 3}, {1: [BROKEN]})).page(0, [])

    assert (ids(page), page.damaged) == ([2], [1])


def test_an_id_that_has_appeared_below_another_is_read() -> None:
    shelf = Shelf(upto(5), {3: [GONE, None]})

    assert ids(probing(shelf, [1]).page(1, [])) == [2, 3, 4, 5]


def test_orders_ascend_whichever_answers_first() -> None:
    """Two are asked for at the same time."""

    class Crossing(Shelf):
        """The lower of two orders waits until the higher one was asked for."""

        higher_asked = Event()

        def get(self, path: str, query: object, *, attempts: int, longest: object) -> object:
            if path == "/orders/2":
                assert self.higher_asked.wait(10)
            answer = super().get(path, query, attempts=attempts, longest=longest)
            if path == "/orders/3":
                self.higher_asked.set()
            return answer

    shelf = Crossing(upto(3))

    assert ids(probing(shelf, [1]).page(1, [])) == [2, 3]
    assert [one for one, _ in shelf.asked][1:3] == [3, 2]


def test_gaps_are_looked_at_once_and_only_those_below_the_cursor() -> None:
    shelf = Shelf(upto(9))

    page = probing(shelf, [9], looked_up_to=4).page(9, [2, 4, 6, 8, 12])

    assert ids(page) == [6, 8]
    assert sorted(set(shelf.asked_ids)) == [6, 8, *range(9, 10 + BATCH - 2)]


def test_no_more_ids_at_a_time_than_are_stored_together() -> None:
    shelf = Shelf(upto(100))

    page = probing(shelf, [100]).page(100, list(range(1, 100, 2)))

    assert ids(page) == list(range(1, 2 * BATCH, 2))


def test_orders_of_other_stores_are_told_apart() -> None:
    page = probing(Shelf(upto(4), elsewhere={3}), [1]).page(1, [])

    assert (ids(page), page.elsewhere) == ([2, 4], [3])


def test_after_a_while_what_was_read_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter(range(0, 10_000, 31))
    monkeypatch.setattr(probing_module, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    reading = probing(Shelf(upto(9)), [1])

    assert [ids(reading.page(1, [])), ids(reading.page(3, []))] == [[2, 3], [4, 5]]


def test_after_too_many_damaged_orders_those_below_are_given_back_first() -> None:
    shelf = Shelf(upto(9), {4: [BROKEN], 6: [BROKEN]})
    reading = probing(shelf, [1], damage=Damage(before=MOST_DAMAGED - 1))

    page = reading.page(1, [])

    assert (ids(page), page.damaged, page.last) == ([2, 3, 5], [4], False)
    shelf.failures.clear()
    shelf.asked.clear()
    with pytest.raises(ShopNeedsPerson, match="TOO_MANY_DAMAGED"):
        reading.page(5, [])
    assert shelf.asked == []


def test_after_too_many_damaged_orders_no_more_are_asked_for() -> None:
    shelf = Shelf(upto(60), {order_id: [BROKEN] for order_id in range(2, 60)})
    probing(shelf, [1], damage=Damage(before=MOST_DAMAGED - 1)).page(1, [])

    assert max(shelf.asked_ids) == 3


def test_too_many_damaged_orders_are_no_end() -> None:
    """Though the first of those too many lies as far above as is looked for others."""
    shelf = Shelf(upto(5), {6: [BROKEN], 9: [BROKEN]})

    page = probing(shelf, [5], damage=Damage(before=MOST_DAMAGED - 1), look_ahead=3).page(5, [])

    assert (page.damaged, page.last) == ([6], False)


def test_too_many_damaged_orders_with_nothing_below() -> None:
    reading = probing(Shelf(upto(9), {2: [BROKEN]}), [1], damage=Damage(before=MOST_DAMAGED))

    with pytest.raises(ShopNeedsPerson, match="TOO_MANY_DAMAGED"):
        reading.page(1, [])


def test_orders_that_were_found_damaged_by_the_list_count_once() -> None:
    damage = Damage(before=MOST_DAMAGED - 1, found={4})
    reading = probing(Shelf(upto(9), {4: [BROKEN]}), [1], damage=damage)

    page = reading.page(1, [])

    assert (ids(page), page.damaged) == ([2, 3, 5, 6, 7, 8, 9], [4])


def test_both_connections_are_closed() -> None:
    shelf = Shelf(set())

    probing(shelf).close()

    assert shelf.closed == 2
