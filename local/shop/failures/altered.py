"""Successful answers with altered content."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from local.shop.failures.base import Fault, Real
from local.shop.http import php
from local.shop.http.responses import Answer

Json = dict[str, Any]


@dataclass(frozen=True)
class AlteredOrders(Fault):
    """Orders come altered, alone and in lists: an extension, or a proxy that rewrites JSON.

    Attributes:
        alter: Returns the order to send; it receives the fields that were asked for.
        only: The ids of the orders to alter; all, if empty. Where the id is not asked for, nothing is altered.
    """

    alter: Callable[[Json], Json]
    only: frozenset[int] = frozenset()

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer with altered orders."""
        is_list = urlsplit(target).path.rstrip("/").endswith("/orders")
        return _rewritten(real(), self._list if is_list else self._order)

    def _list(self, page: Json) -> Json:
        return page | {"items": [self._order(order) for order in page["items"]]} if page.get("items") else page

    def _order(self, order: Json) -> Json:
        return self.alter(order) if not self.only or order.get("entity_id") in self.only else order


def ids_as_text(*entity_ids: int) -> AlteredOrders:
    """Makes `entity_id` and `store_id` text, "1" for 1, in these orders; in all, if left out."""

    def alter(order: Json) -> Json:
        return {name: str(value) if name in {"entity_id", "store_id"} else value for name, value in order.items()}

    return AlteredOrders(alter, frozenset(entity_ids))


@dataclass(frozen=True)
class FixedTotal(Fault):
    """Every list has this `total_count`: a collection whose size is cached, or counted without its filter."""

    total: int

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """Returns the real answer with that total, where it was asked for."""
        return _rewritten(real(), lambda page: page | {"total_count": self.total} if "total_count" in page else page)


@dataclass(frozen=True)
class PaddedToken(Fault):
    r"""An admin's token comes with line ends inside its quotes: an extension that reads it from a file.

    Attributes:
        escaped: Whether the line ends are `\r\n` in JSON, or the bytes themselves, which JSON forbids.
    """

    escaped: bool = True

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """Returns the real answer, padded if it is a token."""
        whole = real()
        if not whole.text.startswith('"'):
            return whole
        line_end = "\\r\\n" if self.escaped else "\r\n"
        return replace(whole, text=f'"{line_end}{whole.text[1:-1]}{line_end}"')


def _rewritten(answer: Answer, rewrite: Callable[[Json], Json]) -> Answer:
    """Returns the answer with its JSON object rewritten; any other answer as it is."""
    if answer.status >= 300 or not answer.text.startswith("{"):  # noqa: PLR2004 success
        return answer
    return replace(answer, text=php.dumps(rewrite(json.loads(answer.text))))
