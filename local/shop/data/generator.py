"""Many plausible orders, derived from the recorded ones."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from local.shop.data.template import recorded_orders

_FIRST = datetime(2024, 1, 2, 8, 0)  # noqa: DTZ001 Magento's dates are UTC without a zone
_GAP = 0.02
_REPEAT = 0.15
_NO_EMAIL = 0.002
_PERSON = ("customer_email", "customer_firstname", "customer_lastname")


def many_orders(
    count: int, store_ids: Sequence[int] = (1,), seed: int = 1, first_id: int = 1, first_date: datetime = _FIRST
) -> list[dict[str, Any]]:
    """Returns orders with the fields that a sync reads; the same for the same arguments.

    Of a hundred orders, about 2 precede a gap in the ids and 15 are by an earlier customer; of a thousand, 2 have no
    e-mail.

    Args:
        count: How many.
        store_ids: The store views that sold them, chosen at random.
        seed: Another number gives other orders.
        first_id: The first order's id.
        first_date: The first order's time in UTC; the others follow within minutes.
    """
    chance = random.Random(seed)  # noqa: S311 no secrets
    people = [order for order in recorded_orders() if "@" in (order.get("customer_email") or "")]
    orders: list[dict[str, Any]] = []
    entity_id, created = first_id, first_date
    for number in range(count):
        order = _order(entity_id, created, chance.choice(store_ids), chance.choice(people), number)
        if orders and chance.random() < _REPEAT:
            before = chance.choice(orders)
            order = {name: value for name, value in order.items() if name not in _PERSON}
            order |= {name: before[name] for name in _PERSON if name in before}
        if chance.random() < _NO_EMAIL:
            order["customer_email"] = None
        orders.append(order)
        entity_id += 1 if chance.random() >= _GAP else chance.randint(2, 4)
        created += timedelta(seconds=chance.randint(20, 900))
    return orders


def _order(entity_id: int, created: datetime, store_id: int, like: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "created_at": created.isoformat(" "),
        "customer_is_guest": 1,
        "entity_id": entity_id,
        "increment_id": f"{store_id}{entity_id:08d}",
        "state": "new",
        "status": "pending",
        "store_id": store_id,
        **{name: like[name] for name in ("items", "billing_address", *_PERSON) if name in like},
        "customer_email": _email(like["customer_email"], number),
    }


def _email(recorded: str, number: int) -> str:
    """Returns the recorded address with a number in it; Magento's column holds 128 characters."""
    local, _, domain = recorded.strip().rpartition("@")
    return f"{local[:100]}.{number}@{domain[:20]}"
