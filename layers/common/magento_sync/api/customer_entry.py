"""A customer entered by hand, under the rules of an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magento_sync.db import customer_list, customers, websites
from magento_sync.db.customer_list import Selection
from magento_sync.errors import Refusal
from magento_sync.sync.conversion import candidate
from magento_sync.text import storable

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_list import Customer
    from magento_sync.db.outcomes import Outcome
    from magento_sync.sync.conversion import Candidate

NO_ORDER = 0


@dataclass(frozen=True)
class Entered:
    """What became of it.

    Attributes:
        outcome: As of an order.
        customer: The new one, or the one that is in the way; None where there is no e-mail or the database refuses a value.
    """

    outcome: Outcome
    customer: Customer | None


def entry(email: str, name: str | None, product_name: str | None, purchase_date: str | None) -> Candidate:
    """The candidate that an order with these values would be.

    Args:
        email: The customer's.
        name: Whole; the e-mail's first part serves where there is none.
        product_name: What was bought.
        purchase_date: ISO 8601, UTC where it names no zone.

    Raises:
        OrderError: `UNUSABLE_DATE`.
    """
    # RFC 3339 knows small letters, too.
    bought = purchase_date.upper() if purchase_date else None
    order = {"entity_id": NO_ORDER, "customer_email": email, "customer_firstname": name, "created_at": bought}
    converted = candidate(order, enrich=False)
    product = storable(product_name or "").strip()
    return replace(converted, product_name=product) if product else converted


def enter(transaction: Transaction, website_id: str, entered: Candidate) -> Entered:
    """Stores it, unless the website has that customer. No row that is there is changed, and the ledger is not touched.

    Raises:
        Refusal: `WEBSITE_NOT_FOUND`.
    """
    websites.lock(transaction, website_id)
    if websites.find(transaction, website_id) is None:
        raise Refusal("WEBSITE_NOT_FOUND")
    outcome = customers.store(transaction, website_id, [entered])[entered.order_id]
    if entered.email is None:
        return Entered(outcome, None)
    customer_id = customers.find(transaction, website_id, entered.email, entered.purchase_date)
    if customer_id is None:
        return Entered(outcome, None)
    [customer], _ = customer_list.page(transaction, Selection([website_id], customer_id=customer_id), limit=1)
    return Entered(outcome, customer)
