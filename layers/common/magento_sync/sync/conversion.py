"""What an order becomes: a candidate for a row of the app's `Customer` table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from magento_sync.db.customer_rows import UNKNOWN_PRODUCT, Candidate
from magento_sync.db.ledger import LARGEST_WATERMARK
from magento_sync.errors import OrderError
from magento_sync.text import storable, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from magento_sync.magento.orders.order import Order
    from magento_sync.magento.orders.page import Page, ProbeCursor

UNKNOWN_NAME = "Unknown Customer"


@dataclass(frozen=True)
class ConvertedPage:
    """A page's orders, converted.

    Attributes:
        candidates: Those that can become customers.
        faults: The codes of those that could not be read or converted, by id.
        elsewhere: Ids of other stores' orders: recorded and skipped.
        too_old: Ids of orders that the limit of a first import leaves out: recorded and skipped.
        certain_up_to: The id up to which the page is complete; None where all of it is.
        probe_cursor: How far probing has got, if it was used.
    """

    candidates: Sequence[Candidate]
    faults: Mapping[int, str]
    elsewhere: Sequence[int] = ()
    too_old: Sequence[int] = ()
    certain_up_to: int | None = None
    probe_cursor: ProbeCursor | None = None

    @property
    def order_ids(self) -> list[int]:
        """All ids of the page."""
        candidates = [candidate.order_id for candidate in self.candidates]
        return [*candidates, *self.faults, *self.elsewhere, *self.too_old]

    @property
    def certain_ids(self) -> list[int]:
        """The ids that may raise the watermark: above them, orders may be missing."""
        return [order_id for order_id in self.order_ids if self.certain_up_to is None or order_id <= self.certain_up_to]

    def __add__(self, other: ConvertedPage) -> ConvertedPage:
        return ConvertedPage(
            [*self.candidates, *other.candidates],
            {**self.faults, **other.faults},
            [*self.elsewhere, *other.elsewhere],
            [*self.too_old, *other.too_old],
            other.certain_up_to,
        )


def convert_page(page: Page, *, enrich: bool, cutoff: datetime | None = None) -> ConvertedPage:
    """Converts a page; an order that cannot be converted costs itself, not the page.

    Orders placed before the cutoff (UTC), or at no known moment, are too old.
    """
    candidates: list[Candidate] = []
    too_old: list[int] = []
    faults = dict.fromkeys(page.damaged, "ORDER_DAMAGED")
    for order in page.orders:
        try:
            candidate = convert(order, enrich=enrich)
        except OrderError as error:
            faults[order.id] = error.code
            continue
        if cutoff and (order.created_at is None or order.created_at < cutoff):
            too_old.append(order.id)
        else:
            candidates.append(candidate)
    return ConvertedPage(candidates, faults, page.elsewhere, too_old, page.certain_up_to, page.probe_cursor)


def convert(order: Order, *, enrich: bool) -> Candidate:
    """Converts one order. Null columns are absent keys or null (recordings 35-order-*).

    With `enrich`, the billing name and the first top-level order line are used too.

    Raises:
        OrderError: A value has a form that Magento never gives it, so that a guess would be a risk.
    """
    if order.id > LARGEST_WATERMARK:
        raise OrderError("ID_TOO_LARGE")
    if order.fault:
        raise OrderError(order.fault)
    email = _email(_text(order.values, "customer_email"))
    name = _full_name(order.values, "customer_firstname", "customer_lastname")
    if not name and enrich:
        name = _full_name(_mapping(order.values.get("billing_address") or {}), "firstname", "lastname")
    if not name and email:
        name = email.partition("@")[0]
    return Candidate(
        order_id=order.id,
        email=email,
        name=name or UNKNOWN_NAME,
        product_name=(_first_line(order.values) if enrich else "") or UNKNOWN_PRODUCT,
        purchase_date=order.created_at,
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OrderError("UNUSABLE_VALUE")
    return storable(value).strip()


def _full_name(values: Mapping[str, Any], first: str, last: str) -> str:
    return f"{_text(values, first)} {_text(values, last)}".strip()


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise OrderError("UNUSABLE_VALUE")
    return value


def _email(text: str) -> str | None:
    email = visible(text).strip()
    return email if "@" in email and email.split() == [email] else None


def _first_line(values: Mapping[str, Any]) -> str:
    items = values.get("items") or []
    if not isinstance(items, list):
        raise OrderError("UNUSABLE_VALUE")
    lines = [line for line in map(_mapping, items) if line.get("parent_item_id") is None]
    return _text(lines[0], "name") if lines else ""
