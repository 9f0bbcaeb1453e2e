"""Filters, compared as MySQL compares."""

import operator
import re
from collections.abc import Callable
from typing import Any

from local.shop.http import php
from local.shop.orders.criteria import Filter

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gteq": operator.ge,
    "moreq": operator.ge,
    "from": operator.ge,
    "lt": operator.lt,
    "lteq": operator.le,
    "to": operator.le,
}


def integers(one: Filter) -> set[int]:
    """Returns the integers that MySQL reads in the filter's value: several for `in`, else one; `abc` is 0."""
    return {php.integer(part) for part in (one.value.split(",") if one.condition == "in" else [one.value])}


def holds(one: Filter, order: dict[str, Any]) -> bool:
    """Returns whether the order meets the filter; an unknown operator means `eq` (43-list-bad-condition)."""
    column = order.get(one.field)
    if one.condition in {"null", "notnull"}:
        return (column is None) == (one.condition == "null")
    if column is None:
        return False
    if one.condition in {"in", "nin"}:
        among = _comparable(column, column) in {_comparable(part, column) for part in one.value.split(",")}
        return among == (one.condition == "in")
    if one.condition in {"like", "nlike"}:
        return _like(str(column), one.value) == (one.condition == "like")
    return _ORDERED.get(one.condition, _ORDERED["eq"])(_comparable(column, column), _comparable(one.value, column))


def sort_key(field: str) -> Callable[[dict[str, Any]], tuple[bool, Any]]:
    """Returns a sort key that puts NULL first, as MySQL does."""
    return lambda order: (order.get(field) is not None, _comparable(order.get(field), order.get(field)))


def _comparable(value: object, column: object) -> int | float | str:
    """Returns a value as it compares with a column: as a number, or as text without regard to case."""
    if isinstance(column, int):
        return php.integer(value)
    if isinstance(column, float):
        return float(str(value)) if php.is_numeric(str(value)) else 0.0
    return str(value or "").rstrip(" ").casefold()


def _like(column: str, pattern: str) -> bool:
    expression = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, column, re.IGNORECASE | re.DOTALL) is not None
