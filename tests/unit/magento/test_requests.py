"""An answer is believed only where it is what was asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

import pytest

from magento_sync.errors import ShopError
from magento_sync.magento.http.failures import NoSuchEntity, ServerFailed
from magento_sync.magento.orders.list_reader import GAPS_AT_A_TIME
from magento_sync.magento.orders.order import LARGEST_ID
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.requests import (
    ItemsMissing,
    Request,
    RequestStyle,
    empty_request,
    read_list,
    read_order,
)

if TYPE_CHECKING:
    from magento_sync.magento.client import MagentoClient

STORE = 1
STYLE = RequestStyle()
NOON = datetime(2026, 5, 4, 12)  # noqa: DTZ001 - UTC


class FakeClient:
    """Gives one answer to each request, and keeps what was asked for."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.path = ""
        self.query: dict[str, str | int] = {}

    def get(self, path: str, query: dict[str, str | int], _effort: object) -> object:
        self.path, self.query = path, query
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def client(answer: object) -> MagentoClient:
    return cast("MagentoClient", FakeClient(answer))


def order(order_id: object, **fields: object) -> dict[str, Any]:
    return {"entity_id": order_id, "store_id": STORE, "created_at": "2026-05-04 12:30:00", **fields}


def listed(*ids: object, total: object = None) -> dict[str, Any]:
    return {"items": [order(order_id) for order_id in ids], "total_count": len(ids) if total is None else total}


def read(answer: object, **asked: Any) -> Page:  # noqa: ANN401 - a request's parts
    return read_list(client(answer), Request([STORE], **{"size": 3, "after": 10, **asked}), STYLE)


def refusal(answer: object, **asked: Any) -> str:  # noqa: ANN401 - a request's parts
    with pytest.raises(ShopError) as caught:
        read(answer, **asked)
    return caught.value.code


@pytest.mark.parametrize(
    ("ids", "asked"),
    [
        ([11, 12, 13], {}),
        ([4, 11], {"gaps": [4, 6]}),
        ([4], {"after": None, "gaps": [4, 6]}),
        ([11, 12], {"up_to": 12}),
        ([11, 13], {"without": [12]}),
        ([13, 11], {"newest_first": True}),
        ([11], {"placed_from": NOON}),
    ],
)
def test_orders_that_were_asked_for_are_believed(ids: list[int], asked: dict[str, Any]) -> None:
    assert [found.id for found in read(listed(*ids), **asked).orders] == ids


@pytest.mark.parametrize(
    ("ids", "asked"),
    [
        ([10], {}),
        ([4, 11], {}),
        ([5, 11], {"gaps": [4, 6]}),
        ([11], {"after": None, "gaps": [4, 6]}),
        ([11, 13], {"up_to": 12}),
        ([14], {"gaps": [14], "up_to": 12}),
        ([11, 12], {"without": [12]}),
        ([4], {"gaps": [4], "without": [4]}),
    ],
)
def test_an_order_that_was_not_asked_for_makes_the_page_unusable(ids: list[int], asked: dict[str, Any]) -> None:
    assert refusal(listed(*ids), **asked) == "FILTER_IGNORED"


@pytest.mark.parametrize("other", [2, "2", 2.0])
def test_an_order_of_another_store_makes_the_page_unusable(other: object) -> None:
    assert refusal({"items": [order(11, store_id=other)], "total_count": 1}) == "FILTER_IGNORED"


@pytest.mark.parametrize(
    ("store", "fault"), [("1", None), (1.0, None), ("main", "UNUSABLE_VALUE"), (None, "UNUSABLE_VALUE")]
)
def test_an_order_whose_store_is_not_understood_costs_itself_and_not_its_page(store: object, fault: str | None) -> None:
    page = read({"items": [order(11, store_id=store), order(12)], "total_count": 2})

    assert [(found.id, found.fault) for found in page.orders] == [(11, fault), (12, None)]


@pytest.mark.parametrize("created", ["2026-05-04 11:59:59", "0000-00-00 00:00:00", None])
def test_an_order_placed_before_the_moment_that_was_asked_for_makes_the_page_unusable(created: object) -> None:
    answer = {"items": [order(11, created_at=created)], "total_count": 1}

    assert refusal(answer, placed_from=NOON) == "FILTER_IGNORED"


@pytest.mark.parametrize(
    ("ids", "newest_first"), [([12, 11], False), ([11, 13, 12], False), ([11, 11], False), ([11, 12], True)]
)
def test_orders_that_are_not_sorted_as_asked_are_refused(ids: list[int], newest_first: bool) -> None:  # noqa: FBT001
    """Orders would be skipped: the next page begins above the last id."""
    assert refusal(listed(*ids), newest_first=newest_first) == "SORT_IGNORED"


UNUSABLE_LISTS: dict[str, object] = {
    "nothing": None,
    "a list": [],
    "a message": {"message": "The product that was requested doesn't exist."},
    "no count": {"items": []},
    "a count in letters": {"items": [], "total_count": "none"},
    "a count below zero": {"items": [], "total_count": -1},
    "a count that no column holds": {"items": [order(11)], "total_count": 2**63},
    "items that are not a list": {"items": {}, "total_count": 0},
    "null out of five": {"items": None, "total_count": 5},
    "none out of five": {"items": [], "total_count": 5},
    "more than asked for": listed(11, 12, 13, 14),
    "an item that is not an order": {"items": [None], "total_count": 1},
    "an order without an id": {"items": [{}], "total_count": 1},
    "an id in letters": listed("eleven"),
    "an id that is true": {"items": [{"entity_id": True, "store_id": STORE}], "total_count": 1},
    "an id of zero": listed(0),
    "an id beyond all": listed(LARGEST_ID + 1),
}


@pytest.mark.parametrize("answer", UNUSABLE_LISTS.values(), ids=UNUSABLE_LISTS.keys())
def test_an_answer_that_is_not_a_list_of_orders_is_the_server_s_failure(answer: object) -> None:
    with pytest.raises(ServerFailed, match="ANSWER_UNUSABLE"):
        read(answer, after=-1)


@pytest.mark.parametrize("items", [None, []])
def test_a_count_of_orders_without_any_is_a_failure_of_its_own(items: object) -> None:
    """The count may not follow the filter."""
    with pytest.raises(ItemsMissing, match="ANSWER_UNUSABLE"):
        read({"items": items, "total_count": 5})


@pytest.mark.parametrize("ids", [("11", "12"), (11.0, 12.0)])
def test_ids_are_compared_by_value(ids: tuple[object, ...]) -> None:
    assert [found.id for found in read(listed(*ids)).orders] == [11, 12]


@pytest.mark.parametrize(
    ("ids", "total", "last"), [([11, 12], 2, True), ([11, 12, 13], 3, False), ([11, 12], 3, False), ([], 0, True)]
)
def test_a_short_page_is_the_last_unless_the_shop_counts_more_orders(ids: list[int], total: int, last: bool) -> None:  # noqa: FBT001
    page = read(listed(*ids, total=total))

    assert (page.last, page.total) == (last, total)


def test_a_list_without_orders_may_be_null() -> None:
    assert read({"items": None, "total_count": 0}) == Page([], last=True, total=0)


def test_a_list_that_answers_404_is_the_server_s_failure() -> None:
    with pytest.raises(ServerFailed) as caught:
        read(NoSuchEntity("NOT_FOUND"))

    assert (caught.value.code, caught.value.parameters) == ("SHOP_ERROR", {"status": 404})


@pytest.mark.parametrize("order_id", [7, "7"])
def test_the_order_that_was_asked_for_is_believed(order_id: object) -> None:
    found = read_order(client(order(order_id)), 7, STYLE)

    assert (found.id, found.values) == (7, order(order_id))


@pytest.mark.parametrize("answer", [order(8), order("8"), {}, [order(7)], None, "7", {"message": "no"}])
def test_an_answer_that_is_not_the_order_asked_for_is_the_server_s_failure(answer: object) -> None:
    with pytest.raises(ServerFailed, match="ANSWER_UNUSABLE"):
        read_order(client(answer), 7, STYLE)


def queried(request: Request, style: RequestStyle = STYLE) -> dict[str, str | int]:
    """Returns the query of a request."""
    fake = FakeClient({"items": [], "total_count": 0})
    read_list(cast("MagentoClient", fake), request, style)
    assert fake.path == "/orders"
    return fake.query


def filters(query: dict[str, str | int]) -> dict[tuple[str, str], list[str]]:
    """Returns the values of the filters by group and condition."""
    prefix = "searchCriteria[filterGroups]"
    found: dict[tuple[str, str], list[str]] = {}
    for key, value in query.items():
        if key.startswith(prefix) and key.endswith("[value]"):
            stem = key.removesuffix("[value]")
            group = f"{key.removeprefix(prefix)[1:].partition(']')[0]} {query[f'{stem}[field]']}"
            found.setdefault((group, str(query[f"{stem}[conditionType]"])), []).append(str(value))
    return found


def test_a_request_asks_for_orders_above_an_id_or_among_the_gaps_of_its_stores_in_ascending_order() -> None:
    query = queried(Request([1, 2], 100, 10, gaps=[4, 6], up_to=500, without=[11, 12], placed_from=NOON))

    assert filters(query) == {
        ("0 entity_id", "gt"): ["10"],
        ("0 entity_id", "in"): ["4,6"],
        ("1 store_id", "in"): ["1,2"],
        ("2 entity_id", "lteq"): ["500"],
        ("3 created_at", "gteq"): ["2026-05-04 12:00:00"],
        ("4 entity_id", "nin"): ["11,12"],
    }
    assert query["searchCriteria[sortOrders][0][direction]"] == "ASC"
    assert (query["searchCriteria[pageSize]"], query["searchCriteria[currentPage]"]) == (100, 1)
    assert str(query["fields"]).startswith("items[entity_id,store_id,created_at,customer_email")


def test_gaps_asked_for_apart_fit_into_the_value_and_the_address_that_strict_firewalls_let_pass() -> None:
    largest = [LARGEST_ID - number for number in range(GAPS_AT_A_TIME)]

    query = queried(Request([1, 2], 36, gaps=largest), RequestStyle(enrich=True))

    assert len(filters(query)[("0 entity_id", "in")][0]) <= 400
    assert len(urlencode(query, quote_via=quote, safe=",")) < 1400


def test_a_plain_request_has_no_commas_or_brackets_in_its_values() -> None:
    query = queried(Request([1, 2], 100, 10, gaps=[4, 6], without=[11, 12]), RequestStyle(plain=True))

    assert not any(set(str(value)) & set(",[]") for value in query.values())
    assert filters(query) == {
        ("0 entity_id", "gt"): ["10"],
        ("0 entity_id", "eq"): ["4", "6"],
        ("1 store_id", "eq"): ["1", "2"],
        ("2 entity_id", "nin"): ["11"],
        ("3 entity_id", "nin"): ["12"],
    }


def test_the_control_request_asks_the_same_list_for_no_order() -> None:
    query = queried(empty_request([1, 2]))

    assert filters(query) == {("0 entity_id", "gt"): [str(LARGEST_ID)], ("1 store_id", "in"): ["1,2"]}
    assert query["searchCriteria[pageSize]"] == 1
