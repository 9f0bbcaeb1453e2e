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
        orders.append(
            _order(entity_id, created, chance.choice(store_ids), chance.choice(people), number, chance, orders)
        )
        entity_id += 1 if chance.random() >= _GAP else chance.randint(2, 4)
        created += timedelta(seconds=chance.randint(20, 900))
    return orders


def _order(  # noqa: PLR0913, PLR0917 one row
    entity_id: int,
    created: datetime,
    store_id: int,
    like: dict[str, Any],
    number: int,
    chance: random.Random,
    earlier: list[dict[str, Any]],
) -> dict[str, Any]:
    order: dict[str, Any] = {
        "created_at": created.isoformat(" "),
        "customer_email": _email(like["customer_email"], number),
        "customer_is_guest": 1,
        "entity_id": entity_id,
        "increment_id": f"{store_id}{entity_id:08d}",
        "state": "new",
        "status": "pending",
        "store_id": store_id,
        "items": like["items"],
    }
    names = {name: like[name] for name in ("customer_firstname", "customer_lastname") if name in like}
    if earlier and chance.random() < _REPEAT:
        before = chance.choice(earlier)
        names = {name: before[name] for name in ("customer_firstname", "customer_lastname") if name in before}
        order["customer_email"] = before["customer_email"]
    if chance.random() < _NO_EMAIL:
        order["customer_email"] = None
    return order | names | ({"billing_address": like["billing_address"]} if "billing_address" in like else {})


def _email(recorded: str, number: int) -> str:
    """Returns the recorded address with a number in it; Magento's column holds 128 characters."""
    local, _, domain = recorded.strip().rpartition("@")
    return f"{local[:100]}.{number}@{domain[:20]}"
