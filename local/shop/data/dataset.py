"""Derives the shop's data from the recordings.

The orders are those that the recorded shop had for the recordings 40 to 69, with all recorded fields.
`31-orders-searchcriteria-all` contains most of them in their earlier state and breaks off within order 58. Later
recordings replace what they contain.
"""

import json
import re
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from local.shop.data.recordings import Recording, names, recording
from local.shop.http import fields, php

_LATER = re.compile(r"(3[2-9]|4\d)-")
_ALL = "31-orders-searchcriteria-all"
_IDS_SERVED = "42-list-pagesize-1000"

Json = dict[str, Any]


def whole_items(text: str) -> list[Json]:
    """Returns the complete items of a list that may break off."""
    decoder = json.JSONDecoder()
    items: list[Json] = []
    position = text.index("[") + 1
    while True:
        try:
            item, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError:
            return items
        items.append(item)
        if text[position] != ",":
            return items
        position += 1


def orders_before_deletion() -> list[Json]:
    """Returns the 57 complete orders that the recorded shop had before any was deleted or changed."""
    return whole_items(recording(_ALL).text)


@cache
def orders() -> list[Json]:
    """Returns the 56 orders, sorted by id."""
    served = [item["entity_id"] for item in recording(_IDS_SERVED).json()["items"]]
    known = {order["entity_id"]: order for order in orders_before_deletion()}
    for name in filter(_LATER.match, names()):
        for item, wanted in _orders_in(recording(name)):
            _update(known, item, wanted)
    return [known[entity_id] for entity_id in sorted(served)]


def _orders_in(one: Recording) -> Iterable[tuple[Json, fields.Tree | None]]:
    """Returns the orders of a response, each with the requested fields (None: all)."""
    path, query = urlsplit(one.target).path.rstrip("/"), php.parse_query(urlsplit(one.target).query)
    body = one.json() if one.status == HTTPStatus.OK and "/V1/orders" in path else None
    if not isinstance(body, dict):
        return
    wanted = fields.parse(query["fields"]) if query.get("fields") else None
    if not path.endswith("/orders"):
        yield body, wanted
        return
    inner = wanted.get("items") if wanted else None
    yield from ((item, inner) for item in body.get("items") or ())


def _update(known: dict[int, Json], item: Json, wanted: fields.Tree | None) -> None:
    if wanted is None:
        known[item["entity_id"]] = item
        return
    order = known.setdefault(item["entity_id"], {"entity_id": item["entity_id"]})
    for name, inner in wanted.items():
        if name not in item:
            order.pop(name, None)
        elif not isinstance(inner, dict) or name not in order:
            order[name] = item[name]
