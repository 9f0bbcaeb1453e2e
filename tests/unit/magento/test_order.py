"""An order's ids and date are understood by their value, however they are written."""

from __future__ import annotations

from datetime import datetime

import pytest

from magento_sync.magento.orders.order import LARGEST_ID, parse_date, parse_integer, parse_order


@pytest.mark.parametrize(
    ("value", "integer"),
    [
        (7, 7),
        (-7, -7),
        (7.0, 7),
        ("7", 7),
        (" 07 ", 7),
        (7.5, None),
        (float("nan"), None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ("", None),
        ("7.0", None),
        ("-7", None),
        ("1e3", None),
        ("²", None),
        ("main", None),
        ("9" * 5000, None),
        ([7], None),
    ],
)
def test_an_integer_is_understood_by_its_value(value: object, integer: int | None) -> None:
    assert parse_integer(value) == integer


@pytest.mark.parametrize(("order_id", "store_id"), [(5, 1), ("5", "1"), (5.0, "01")])
def test_ids_written_as_text_are_those_of_the_same_order_and_store(order_id: object, store_id: object) -> None:
    order = parse_order({"entity_id": order_id, "store_id": store_id, "created_at": "2026-05-04 12:00:00"})

    assert order is not None
    assert (order.id, order.store_id, order.fault) == (5, 1, None)


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "5",
        {},
        {"entity_id": None},
        {"entity_id": True},
        {"entity_id": "five"},
        {"entity_id": 0},
        {"entity_id": LARGEST_ID + 1},
    ],
)
def test_an_order_without_a_usable_id_is_not_an_order(values: object) -> None:
    assert parse_order(values) is None


@pytest.mark.parametrize("store_id", ["main", True, [1]])
def test_an_order_whose_store_is_not_understood_is_at_fault(store_id: object) -> None:
    """It may be the website's: it must not be recorded as another store's."""
    order = parse_order({"entity_id": 5, "store_id": store_id})

    assert order is not None
    assert (order.store_id, order.fault) == (None, "UNUSABLE_VALUE")


@pytest.mark.parametrize("values", [{"entity_id": 5}, {"entity_id": 5, "store_id": None}], ids=["absent", "null"])
def test_an_order_of_a_deleted_store_view_has_no_store_and_no_fault(values: object) -> None:
    """Recordings 35-*-store_id-null."""
    order = parse_order(values)

    assert order is not None
    assert (order.store_id, order.fault) == (None, None)


def test_an_order_keeps_its_values_and_does_not_show_them() -> None:
    order = parse_order({"entity_id": 5, "store_id": 1, "customer_email": "jan@example.com"})

    assert order is not None
    assert order.values["customer_email"] == "jan@example.com"
    assert "jan@example.com" not in repr(order)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (None, None),
        ("", None),
        ("0000-00-00 00:00:00", None),
        ("0000-00-00", None),
        ("2024-05-01 10:11:12", "2024-05-01 10:11:12"),
        (" 2024-05-01 10:11:12 ", "2024-05-01 10:11:12"),
        ("2024-05-01T10:11:12Z", "2024-05-01 10:11:12"),
        ("2024-05-01T10:11:12+02:00", "2024-05-01 08:11:12"),
        ("2024-01-01 00:30:00-05:30", "2024-01-01 06:00:00"),
        ("2024-05-01", "2024-05-01 00:00:00"),
        ("2024-05-01 10:11:12.345678", "2024-05-01 10:11:12.345"),
        ("2024-05-01 10:11:12.999999", "2024-05-01 10:11:12.999"),
    ],
)
def test_a_date_is_read_as_utc_and_cut_to_milliseconds(text: str | None, moment: str | None) -> None:
    assert parse_date(text) == (datetime.fromisoformat(moment) if moment else None)


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2024-02-30 10:00:00",
        "2024-13-01",
        "01/05/2024",
        "0001-01-01T00:00+10:00",
        "1714558272",
        1714558272,
    ],
)
def test_an_order_with_an_unreadable_date_is_at_fault(value: object) -> None:
    order = parse_order({"entity_id": 5, "store_id": 1, "created_at": value})

    assert order is not None
    assert (order.created_at, order.fault) == (None, "UNUSABLE_DATE")


@pytest.mark.parametrize(
    ("values", "elsewhere"),
    [
        ({"store_id": 3}, False),
        ({"store_id": 1}, True),
        ({"store_id": None}, True),
        ({"store_id": "main"}, False),
        ({"store_id": 1, "created_at": "last Tuesday"}, True),
        ({"store_id": 3, "created_at": "last Tuesday"}, False),
        ({"store_id": "main", "created_at": "last Tuesday"}, False),
    ],
)
def test_an_order_is_elsewhere_only_if_its_store_is_understood(values: dict[str, object], elsewhere: bool) -> None:  # noqa: FBT001
    order = parse_order({"entity_id": 5, **values})

    assert order is not None
    assert order.is_elsewhere([3, 4]) is elsewhere
