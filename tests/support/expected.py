"""What DESIGN's tables say of the recorded orders: worked out here in plain Python, from the orders alone."""

from __future__ import annotations

from datetime import datetime

from local.shop import recorded_orders

EXPECTED: dict[str, tuple[int, ...]] = {
    "mokken.example": (1,),
    "mokken.example/nl": (2,),
    "lampen.example": (3, 4),  # an inactive view ties with the active one
    "lampen.example/fr": (6,),
}
"""Store views by domain."""

Customer = tuple[str, str, datetime]


def expected_outcomes(domain: str) -> dict[int, str]:
    """Outcomes by order id, where a unique index on website and e-mail exists."""
    return _judged(domain)[0]


def expected_customers(domain: str) -> set[Customer]:
    """E-mail, name and purchase date of each customer."""
    return _judged(domain)[1]


def _judged(domain: str) -> tuple[dict[int, str], set[Customer]]:
    outcomes: dict[int, str] = {}
    first: dict[str, Customer] = {}
    for order in sorted(recorded_orders(), key=lambda one: int(one["entity_id"])):
        if order.get("store_id") not in EXPECTED[domain]:
            continue
        email = (order.get("customer_email") or "").strip()
        bought = datetime.fromisoformat(order["created_at"])
        known = first.get(email.lower())
        if "@" not in email or email.split() != [email]:
            outcome = "no_email"
        elif known is not None:
            outcome = "duplicate" if known[2] == bought else "repeat_purchase"
        else:
            outcome = "imported"
            names = [order.get("customer_firstname"), order.get("customer_lastname")]
            name = " ".join(part.strip() for part in names if part and part.strip())
            first[email.lower()] = (email, name or email.split("@")[0], bought)
        outcomes[order["entity_id"]] = outcome
    return outcomes, set(first.values())
