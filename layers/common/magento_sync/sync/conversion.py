"""What a Magento order becomes: one candidate for a row of the app's `Customer` table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from magento_sync.db.customer_rows import UNKNOWN_PRODUCT, Candidate
from magento_sync.errors import OrderError
from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN_NAME = "Unknown Customer"


def candidate(order: Mapping[str, Any], *, enrich: bool) -> Candidate:
    """Converts an order as Magento's REST API shows it.

    Args:
        order: With `entity_id` as a number; null columns are absent keys or null (recordings 35-order-*).
        enrich: Whether the billing name and the first top-level order line are used.

    Raises:
        OrderError: A value has a form that Magento never gives it, so that a guess would be a risk.
    """
    email = _email(_text(order, "customer_email"))
    name = _full_name(_text(order, "customer_firstname"), _text(order, "customer_lastname"))
    if not name and enrich:
        billing = _mapping(order.get("billing_address") or {})
        name = _full_name(_text(billing, "firstname"), _text(billing, "lastname"))
    if not name and email:
        name = email.partition("@")[0]
    return Candidate(
        order_id=order["entity_id"],
        email=email,
        name=name or UNKNOWN_NAME,
        product_name=(_first_line(order) if enrich else "") or UNKNOWN_PRODUCT,
        purchase_date=_purchase_date(_text(order, "created_at")),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OrderError("UNUSABLE_VALUE")
    return storable(value).strip()


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise OrderError("UNUSABLE_VALUE")
    return value


def _email(text: str) -> str | None:
    return text if "@" in text and not any(character.isspace() for character in text) else None


def _full_name(first: str, last: str) -> str:
    return f"{first} {last}".strip()


def _first_line(order: Mapping[str, Any]) -> str:
    items = order.get("items") or []
    if not isinstance(items, list):
        raise OrderError("UNUSABLE_VALUE")
    lines = [line for line in map(_mapping, items) if line.get("parent_item_id") is None]
    return _text(lines[0], "name") if lines else ""


def _purchase_date(text: str) -> datetime | None:
    """Magento's `created_at` is UTC without saying so; a zero date comes through as zeros."""
    if not text or text.startswith("0000-00-00"):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise OrderError("UNUSABLE_DATE") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
