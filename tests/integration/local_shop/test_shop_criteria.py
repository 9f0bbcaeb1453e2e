"""Search criteria, beyond the recorded requests."""

import time

import pytest

from local.shop import Shop, many_orders
from local.shop.http import php
from local.shop.orders.criteria import Criteria, Filter, Sort
from tests.integration.local_shop.conftest import Client


def test_groups_are_joined_by_and_filters_by_or(client: Client) -> None:
    answer = client.get(
        "orders",
        **{
            "searchCriteria[filterGroups][0][filters][0][field]": "entity_id",
            "searchCriteria[filterGroups][0][filters][0][conditionType]": "gt",
            "searchCriteria[filterGroups][0][filters][0][value]": 55,
            "searchCriteria[filterGroups][0][filters][1][field]": "entity_id",
            "searchCriteria[filterGroups][0][filters][1][conditionType]": "in",
            "searchCriteria[filterGroups][0][filters][1][value]": "3,5,4,59",
            "searchCriteria[filterGroups][1][filters][0][field]": "store_id",
            "searchCriteria[filterGroups][1][filters][0][value]": "2",
            "fields": "items[entity_id],total_count",
        },
    )
    assert answer.json() == {
        "items": [{"entity_id": 3}, {"entity_id": 56}, {"entity_id": 57}, {"entity_id": 58}],
        "total_count": 4,
    }


@pytest.mark.parametrize(
    ("condition", "value", "found"),
    [
        ("gt", 59, [60, 61]),
        ("gteq", 60, [60, 61]),
        ("lt", 3, [1, 2]),
        ("lteq", 2, [1, 2]),
        ("eq", "7", [7]),
        ("in", "9,7,5", [7, 9]),
        ("bogus", "7", [7]),
    ],
)
def test_conditions_compare_ids(client: Client, condition: str, value: object, found: list[int]) -> None:
    assert client.ids(("entity_id", condition, value)) == found


def test_nin_excludes_values(client: Client) -> None:
    assert client.ids(("entity_id", "lt", 5), ("entity_id", "nin", "2,3")) == [1, 4]


def test_a_missing_direction_means_descending(client: Client) -> None:
    assert client.ids(size=2, **{"searchCriteria[sortOrders][0][field]": "entity_id"}) == [61, 60]


def test_orders_can_be_sorted_by_another_column(client: Client) -> None:
    sort = {"searchCriteria[sortOrders][0][field]": "created_at", "searchCriteria[sortOrders][0][direction]": "asc"}
    assert client.ids(size=3, **sort) == [1, 2, 3]


def test_a_page_past_the_end_is_empty_or_repeats_the_last_one(client: Client, shop: Shop) -> None:
    assert client.ids(size=50, **{"searchCriteria[currentPage]": 3}) == []
    shop.configure(legacy_paging=True)
    assert client.ids(size=50, **{"searchCriteria[currentPage]": 3})[-1] == 61


def test_the_page_limit_ignores_a_snake_case_page_size(client: Client, shop: Shop) -> None:
    shop.configure(max_page_size=2)
    assert client.page(size=3).json()["parameters"] == {"max": 2}
    assert len(client.get("orders", **{"search_criteria[page_size]": 3}).json()["items"]) == 3


def test_an_unknown_field_is_an_internal_error(client: Client) -> None:
    assert client.page(("no_such", "eq", 1)).status_code == 500


@pytest.mark.parametrize(("left", "right"), [("a[2]", "a[10]"), ("a", "a1"), ("a%", "a1"), ("a2b", "a10a")])
def test_natural_order_compares_numbers_by_value(left: str, right: str) -> None:
    assert php.natural_compare(left, right) < 0 < php.natural_compare(right, left)


def test_index_and_scan_give_the_same_result() -> None:
    shop = Shop(many_orders(400, (1, 2, 3)))
    for store, condition, value in [(1, "gt", "200"), (2, "in", "7,8,9,1000"), (3, "lteq", "50")]:
        by_index = Criteria(((Filter("store_id", str(store)),), (Filter("entity_id", value, condition),)))
        # `like` has no index
        by_scan = Criteria(((Filter("store_id", str(store), "like"),), (Filter("entity_id", value, condition),)))
        assert shop.orders.page(by_index) == shop.orders.page(by_scan)


def test_a_page_of_many_orders_is_quick() -> None:
    shop = Shop(many_orders(50_000, (1, 2)))
    criteria = Criteria(
        ((Filter("entity_id", "20000", "gt"), Filter("entity_id", "19000,19500", "in")), (Filter("store_id", "1"),)),
        (Sort("entity_id", "ASC"),),
        page_size=300,
    )
    best = 1.0
    for _ in range(5):
        started = time.perf_counter()
        rows, total = shop.orders.page(criteria)
        best = min(best, time.perf_counter() - started)
    assert best < 0.02  # a scan takes 0.2 s, the index 0.001 s
    assert len(rows) == 300
    assert total > 10_000
