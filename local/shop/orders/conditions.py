"""Whether one order meets one filter, compared as MySQL compares."""

import re
from collections.abc import Callable
from typing import Any

from local.shop.data.template import COLUMNS
from local.shop.http import php
from local.shop.orders.criteria import Filter

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda own, value: bool(own == value),
    "neq": lambda own, value: bool(own != value),
    "gt": lambda own, value: bool(own > value),
    "gteq": lambda own, value: bool(own >= value),
    "moreq": lambda own, value: bool(own >= value),
    "from": lambda own, value: bool(own >= value),
    "lt": lambda own, value: bool(own < value),
    "lteq": lambda own, value: bool(own <= value),
    "to": lambda own, value: bool(own <= value),
}


def known(field: str) -> bool:
    """Whether the order table has such a column; another one is 500 (43)."""
    return field in COLUMNS


def integers(value: str, *, split: bool = True) -> set[int]:
    """The integers that MySQL reads in a value: a list for `in`, else one; `abc` is 0."""
    return {php.integer(part) for part in (value.split(",") if split else [value])}


def holds(one: Filter, order: dict[str, Any]) -> bool:
    """Whether the order meets the filter; an unknown operator is `eq` (43-list-bad-condition)."""
    own = order.get(one.field)
    if one.condition in {"null", "notnull"}:
        return (own is None) == (one.condition == "null")
    if own is None:
        return False
    if one.condition in {"in", "nin"}:
        among = _comparable(own, own) in {_comparable(part, own) for part in one.value.split(",")}
        return among == (one.condition == "in")
    if one.condition in {"like", "nlike"}:
        return _like(str(own), one.value) == (one.condition == "like")
    return _ORDERED.get(one.condition, _ORDERED["eq"])(_comparable(own, own), _comparable(one.value, own))


def sort_key(field: str) -> Callable[[dict[str, Any]], tuple[bool, Any]]:
    """A key that puts NULL first, as MySQL does."""
    return lambda order: (order.get(field) is not None, _comparable(order.get(field), order.get(field)))


def _comparable(value: object, own: object) -> int | float | str:
    """A value as it compares with a column: numbers as numbers, text without regard to case."""
    if isinstance(own, int):
        return php.integer(value)
    if isinstance(own, float):
        return float(str(value)) if php.is_numeric(str(value)) else 0.0
    return str(value or "").rstrip(" ").casefold()


def _like(own: str, pattern: str) -> bool:
    expression = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, own, re.IGNORECASE | re.DOTALL) is not None
