"""PHP's and MySQL's treatment of text, where a client of Magento can see it."""

import json
import re
from collections.abc import Mapping
from os.path import commonprefix
from typing import Any
from urllib.parse import unquote_plus

_SUBSCRIPTS = re.compile(r"\[([^\]]*)\]")
_LEADING_INTEGER = re.compile(r"\s*([+-]?\d+)")
_NUMERIC = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)


def dumps(value: object) -> str:
    """Returns JSON as PHP's `json_encode` writes it: ASCII only, no spaces, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def parse_query(query: str) -> dict[str, Any]:
    """Parses a query string as PHP's `parse_str` does: `a[b][]=c` becomes nested dictionaries."""
    parsed: dict[str, Any] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        _put(parsed, _keys(unquote_plus(name)), unquote_plus(value))
    return parsed


def _keys(name: str) -> list[str]:
    base, bracket, _ = name.partition("[")
    return [base, *_SUBSCRIPTS.findall(name[len(base) :])] if bracket else [name]


def _put(target: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:-1]:
        deeper = target.get(key)
        if not isinstance(deeper, dict):
            deeper = target[key] = {}
        target = deeper
    target[keys[-1] or str(len(target))] = value


def first_present(mapping: Mapping[str, Any], *names: str) -> tuple[str, Any] | None:
    """Returns the first of `names` that is present, with its value: Magento accepts camelCase and snake_case."""
    return next(((name, mapping[name]) for name in names if name in mapping), None)


def is_numeric(text: str) -> bool:
    """Returns whether PHP's `is_numeric` accepts the text."""
    return _NUMERIC.fullmatch(text) is not None


def integer(value: object) -> int:
    """Returns a value as MySQL compares it with an integer column: its leading digits, else 0."""
    found = _LEADING_INTEGER.match(str(value))
    return int(found.group(1)) if found else 0


def natural_compare(left: str, right: str) -> int:
    """Compares as PHP's `strnatcmp`: runs of digits compare as numbers, so `[2]` precedes `[10]`.

    Returns:
        Negative, zero or positive, for `functools.cmp_to_key`.
    """
    at = len(commonprefix((left, right)))  # noqa: RUF071 - common characters, not path components
    while at and left[at - 1].isdigit():
        at -= 1
    other = at
    while at < len(left) and other < len(right):
        one, two = _run(left, at), _run(right, other)
        if one.isdigit() and two.isdigit():
            if int(one) != int(two):
                return int(one) - int(two)
        elif left[at] != right[other]:
            return ord(left[at]) - ord(right[other])
        else:
            one = two = left[at]
        at, other = at + len(one), other + len(two)
    return (len(left) - at) - (len(right) - other)


def _run(text: str, start: int) -> str:
    end = start
    while end < len(text) and text[end].isdigit():
        end += 1
    return text[start:end]
