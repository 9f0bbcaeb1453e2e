"""Successful responses with altered content."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from local.shop.failures.base import Failure, Healthy
from local.shop.http import php
from local.shop.http.responses import Response

Json = dict[str, Any]


@dataclass(frozen=True)
class AlteredOrders(Failure):
    """Orders arrive altered, alone and in lists: an extension, or a proxy that rewrites JSON.

    Attributes:
        alter: Returns the order to send; it receives the requested fields.
        only: The ids of the orders to alter; all orders if empty. A response without the id is not altered.
    """

    alter: Callable[[Json], Json]
    only: frozenset[int] = frozenset()

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response with altered orders."""
        is_list = urlsplit(target).path.rstrip("/").endswith("/orders")
        return _rewritten(healthy(), self._list if is_list else self._order)

    def _list(self, page: Json) -> Json:
        return page | {"items": [self._order(order) for order in page["items"]]} if page.get("items") else page

    def _order(self, order: Json) -> Json:
        return self.alter(order) if not self.only or order.get("entity_id") in self.only else order


def ids_as_text(*entity_ids: int) -> AlteredOrders:
    """Sends `entity_id` and `store_id` of these orders, or of all, as text: "1" for 1."""

    def alter(order: Json) -> Json:
        return {name: str(value) if name in {"entity_id", "store_id"} else value for name, value in order.items()}

    return AlteredOrders(alter, frozenset(entity_ids))


@dataclass(frozen=True)
class FixedTotal(Failure):
    """Every list has this `total_count`: a collection whose size is cached, or counted without the filter."""

    total: int

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response with that total, if it has a total."""
        return _rewritten(healthy(), lambda page: page | {"total_count": self.total} if "total_count" in page else page)


@dataclass(frozen=True)
class PaddedToken(Failure):
    r"""An admin's token arrives with line ends inside its quotes: an extension that reads it from a file.

    Attributes:
        escaped: Whether the line ends are escaped as `\r\n`; otherwise they are raw bytes, which JSON forbids.
    """

    escaped: bool = True

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, padded if it is a token."""
        whole = healthy()
        if not whole.text.startswith('"'):
            return whole
        line_end = "\\r\\n" if self.escaped else "\r\n"
        return replace(whole, text=f'"{line_end}{whole.text[1:-1]}{line_end}"')


def _rewritten(response: Response, rewrite: Callable[[Json], Json]) -> Response:
    """Returns the response with its JSON object rewritten; any other response unchanged."""
    if not response.succeeded or not response.text.startswith("{"):
        return response
    return replace(response, text=php.dumps(rewrite(json.loads(response.text))))
