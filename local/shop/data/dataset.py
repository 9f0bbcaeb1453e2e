"""Make the shop's data from the recordings: `python -m local.shop.data.dataset`.

The orders are those that the recorded shop served for the files 40 to 69: whole where they were recorded whole, else
with the fields that were. `31-orders-searchcriteria-all` holds most of them, as they were before five were deleted and
39 to 47 made odd; it is cut off in order 58. What was recorded later is laid over it.
"""

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.shop.data.recordings import Recording, names, recording
from local.shop.http import php
from local.shop.orders import fields

DATA = Path(__file__).parent
_LATER = re.compile(r"(3[2-9]|4\d)-")
_ALL = "31-orders-searchcriteria-all"
_IDS_SERVED = "42-list-pagesize-1000"
_STORES = "45-storeConfigs-full"

Json = dict[str, Any]


def whole_items(text: str) -> list[Json]:
    """The items of a list answer that may be cut off: those that are complete."""
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
    """The 57 orders that the recorded shop had before any was deleted or made odd (of 61; the rest is cut off)."""
    return whole_items(recording(_ALL).text)


def orders() -> list[Json]:
    """The 56 orders, by id."""
    served = [item["entity_id"] for item in recording(_IDS_SERVED).json()["items"]]
    known = {order["entity_id"]: order for order in orders_before_deletion()}
    for name in filter(_LATER.match, names()):
        for item, wanted in _orders_in(recording(name)):
            _lay_over(known, item, wanted)
    return [known[entity_id] for entity_id in sorted(served)]


def stores() -> list[Json]:
    """The five store views, in the order of the shop's answer."""
    answer: list[Json] = recording(_STORES).json()
    return answer


def _orders_in(one: Recording) -> Iterable[tuple[Json, fields.Tree | None]]:
    """The orders in an answer, each with the fields that were asked for (None: all)."""
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


def _lay_over(known: dict[int, Json], item: Json, wanted: fields.Tree | None) -> None:
    if wanted is None:
        known[item["entity_id"]] = item
        return
    order = known.setdefault(item["entity_id"], {"entity_id": item["entity_id"]})
    for name, inner in wanted.items():
        if name not in item:
            order.pop(name, None)
        elif not isinstance(inner, dict) or name not in order:
            order[name] = item[name]


def lines(items: list[Json]) -> str:
    """A JSON list with one item a line, so that differences can be read."""
    rows = (json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in items)
    return "[\n" + ",\n".join(rows) + "\n]\n"


def files() -> dict[str, str]:
    """The data files by name, as they should be."""
    return {"orders.json": lines(orders()), "stores.json": lines(stores())}


def main() -> None:
    """Write the data files."""
    DATA.mkdir(exist_ok=True)
    for name, text in files().items():
        (DATA / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
