"""One order as a shop shows it, its ids and its date understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LARGEST_ID = 2**32  # `entity_id` is an unsigned int of 32 bits
STORE_FAULT = "UNUSABLE_VALUE"
INTEGER = re.compile(r"[0-9]{1,10}", re.ASCII)


@dataclass(frozen=True)
class Order:
    """One order.

    Attributes:
        id: Magento's `entity_id`.
        store_id: Its store view; None if that was deleted (recordings 35-*-store_id-null), or, with a `fault`, if it
            cannot be parsed.
        created_at: When it was placed, in UTC and whole milliseconds; None where that is not known.
        fault: The code of what makes it unusable, if anything does.
        values: All that the shop sent.
    """

    id: int
    store_id: int | None
    created_at: datetime | None
    fault: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def is_elsewhere(self, stores: Collection[int]) -> bool:
        """Returns whether it is of none of the stores. An order whose store cannot be parsed may be of any."""
        return self.store_id not in stores and self.fault != STORE_FAULT


def parse_order(values: Any) -> Order | None:  # noqa: ANN401 - JSON
    """Returns the order, or None where its id is not an integer, so that it cannot even be named.

    Extensions and proxies write integers as text ("1" for 1): they are compared by value.
    """
    order_id = parse_integer(values.get("entity_id")) if isinstance(values, dict) else None
    if order_id is None or not 1 <= order_id <= LARGEST_ID:
        return None
    store_id = parse_integer(values.get("store_id"))
    try:
        created_at, fault = parse_date(values.get("created_at")), None
    except ValueError:
        created_at, fault = None, "UNUSABLE_DATE"
    if store_id is None and values.get("store_id") is not None:
        fault = STORE_FAULT
    return Order(order_id, store_id, created_at, fault, values)


def parse_date(value: object) -> datetime | None:
    """Returns a moment in UTC, cut to whole milliseconds, or None where there is none.

    Magento's `created_at` is UTC without saying so, and zero where an import gave none; an extension may name a zone.

    Raises:
        ValueError: The value is not a date.
    """
    if value is None or value == "":
        return None
    text = str(value).strip()
    if text.startswith("0000-00-00"):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def parse_integer(value: object) -> int | None:
    """Returns an integer by its value, or None where it is not an integer at all."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and INTEGER.fullmatch(value.strip()) else None
