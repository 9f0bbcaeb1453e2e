"""The `fields` parameter: a partial response, as Magento filters it (40-list-fields-*)."""

import re
from typing import Any

Tree = dict[str, Any]

_FORBIDDEN = re.compile(r"[^A-Za-z0-9_\[\],]")
_PART = re.compile(r"[\[\],]|[^\[\],]+")


def apply(content: Any, wanted: object) -> Any:  # noqa: ANN401 JSON
    """Returns the fields of a response that a request names.

    Args:
        content: The complete content, an object or a list of objects.
        wanted: The parameter as sent; empty or "0" means no filter, as in PHP.

    Returns:
        The partial content: `[]` for a malformed parameter, None for an empty list.
    """
    if wanted in (None, "", "0"):
        return content
    tree = parse(wanted) if isinstance(wanted, str) else None
    return [] if tree is None else _narrow(content, tree)


def parse(wanted: str) -> Tree | None:
    """Parses `a,b[c,d]` to `{"a": 1, "b": {"c": 1, "d": 1}}`; returns None if it is malformed."""
    if _FORBIDDEN.search(wanted):
        return None
    stack: list[tuple[Tree, str]] = []
    current: Tree = {}
    name = ""
    for part in _PART.findall(wanted):
        if part == "[":
            stack.append((current, name))
            current = {}
        elif part == "]":
            if not stack:
                return None
            inner, (current, parent) = current, stack.pop()
            current[parent] = inner
        elif part != ",":
            name = part
            current[name] = 1
    return None if stack else current


def _narrow(value: Any, tree: Tree) -> Any:  # noqa: ANN401 JSON
    if isinstance(value, list):
        return [_pick(item, tree) for item in value] or None
    return _pick(value, tree)


def _pick(item: Any, tree: Tree) -> Any:  # noqa: ANN401 JSON
    if not isinstance(item, dict):
        return item
    picked = {
        name: _narrow(value, tree[name]) if isinstance(value, list | dict) and isinstance(tree[name], dict) else value
        for name, value in item.items()
        if name in tree
    }
    return picked or []  # PHP encodes an empty array as a list
