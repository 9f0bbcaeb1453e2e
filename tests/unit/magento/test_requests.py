"""An answer is believed only where it is what was asked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from magento_sync.errors import ShopError
from magento_sync.magento.http.responses import AnswerUnusable, NoSuchEntity
from magento_sync.magento.orders.requests import (
    BEYOND_ALL_IDS,
    Page,
    Request,
    RequestStyle,
    created_at,
    read_order,
    read_page,
)

if TYPE_CHECKING:
    from magento_sync.magento.client import MagentoClient

STORE = 1
STYLE = RequestStyle()
NOON = datetime(2026, 5, 4, 12)  # noqa: DTZ001 - UTC


class Client:
    """Gives one answer to whatever is asked."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get(self, *_: object, **__: object) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def client(answer: object) -> MagentoClient:
    return cast("MagentoClient", Client(answer))


def order(order_id: object, **fields: object) -> dict[str, Any]:
    return {"entity_id": order_id, "store_id": STORE, "created_at": "2026-05-04 12:30:00", **fields}


def listed(*ids: object, total: object = None) -> dict[str, Any]:
    return {"items": [order(one) for one in ids], "total_count": len(ids) if total is None else total}


def read(answer: object, **asked: Any) -> Page:  # noqa: ANN401 - a request's parts
    return read_page(client(answer), Request([STORE], **{"size": 3, "after": 10, **asked}), STYLE)


def refusal(answer: object, **asked: Any) -> str:  # noqa: ANN401 - a request's parts
    with pytest.raises(ShopError) as told:
        read(answer, **asked)
    return told.value.code


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
def test_what_was_asked_for_is_believed(ids: list[int], asked: dict[str, Any]) -> None:
    assert [one["entity_id"] for one in read(listed(*ids), **asked).orders] == ids


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
def test_other_orders_than_those_asked_for(ids: list[int], asked: dict[str, Any]) -> None:
    assert refusal(listed(*ids), **asked) == "FILTER_IGNORED"


@pytest.mark.parametrize("other", [2, "1", None])
def test_orders_of_another_store(other: object) -> None:
    assert refusal({"items": [order(11, store_id=other)], "total_count": 1}) == "FILTER_IGNORED"


@pytest.mark.parametrize("created", ["2026-05-04 11:59:59", "0000-00-00 00:00:00", None])
def test_orders_that_were_not_placed_then(created: object) -> None:
    answer = {"items": [order(11, created_at=created)], "total_count": 1}

    assert refusal(answer, placed_from=NOON) == "FILTER_IGNORED"


@pytest.mark.parametrize(
    ("ids", "newest_first"), [([12, 11], False), ([11, 13, 12], False), ([11, 11], False), ([11, 12], True)]
)
def test_an_order_of_ids_that_was_not_asked_for(ids: list[int], newest_first: bool) -> None:  # noqa: FBT001
    """Orders would be passed over: the next page begins above the last id."""
    assert refusal(listed(*ids), newest_first=newest_first) == "SORT_IGNORED"


NO_LISTS: dict[str, object] = {
    "nothing": None,
    "a list": [],
    "a message": {"message": "The product that was requested doesn't exist."},
    "no count": {"items": []},
    "a count in letters": {"items": [], "total_count": "0"},
    "a count below zero": {"items": [], "total_count": -1},
    "a count beyond all ids": {"items": [order(11)], "total_count": BEYOND_ALL_IDS + 1},
    "items that are none": {"items": {}, "total_count": 0},
    "nothing out of some": {"items": None, "total_count": 5},
    "none out of some": {"items": [], "total_count": 5},
    "more than asked for": listed(11, 12, 13, 14),
    "no orders": {"items": [None], "total_count": 1},
    "an order without an id": {"items": [{}], "total_count": 1},
    "an id in letters": listed("11"),
    "an id that is true": {"items": [{"entity_id": True, "store_id": STORE}], "total_count": 1},
    "an id of zero": listed(0),
    "an id beyond all": listed(BEYOND_ALL_IDS + 1),
}


@pytest.mark.parametrize("answer", NO_LISTS.values(), ids=NO_LISTS.keys())
def test_what_is_no_list_of_orders(answer: object) -> None:
    with pytest.raises(AnswerUnusable, match="ANSWER_UNUSABLE"):
        read(answer, after=-1)


@pytest.mark.parametrize(
    ("ids", "total", "last"), [([11, 12], 2, True), ([11, 12, 13], 3, False), ([11, 12], 3, False), ([], 0, True)]
)
def test_a_short_page_is_the_last_one_unless_there_are_more(ids: list[int], total: int, last: bool) -> None:  # noqa: FBT001
    page = read(listed(*ids, total=total))

    assert (page.last, page.total) == (last, total)


def test_an_empty_list_may_be_null() -> None:
    assert read({"items": None, "total_count": 0}) == Page([], last=True, total=0)


def test_no_list_is_missing() -> None:
    with pytest.raises(AnswerUnusable) as told:
        read(NoSuchEntity("NOT_FOUND"))

    assert (told.value.code, told.value.parameters) == ("SHOP_ERROR", {"status": 404})


def test_the_order_that_was_asked_for_is_believed() -> None:
    assert read_order(client(order(7)), 7, STYLE) == order(7)


@pytest.mark.parametrize("answer", [order(8), order("7"), {}, [order(7)], None, "7", {"message": "no"}])
def test_another_order_than_the_one_asked_for(answer: object) -> None:
    with pytest.raises(AnswerUnusable, match="ANSWER_UNUSABLE"):
        read_order(client(answer), 7, STYLE)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-04 12:00:00", NOON),
        ("2026-05-04T14:00:00+02:00", NOON),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("soon", None),
        (None, None),
    ],
)
def test_when_an_order_was_placed(text: str | None, moment: datetime | None) -> None:
    assert created_at({"created_at": text}) == moment
