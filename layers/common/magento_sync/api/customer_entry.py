"""The rules for a customer entered by hand: those of an order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from magento_sync.api.http.errors import ApiError, bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.db import customer_list, customers, websites
from magento_sync.db.customer_list import Selection
from magento_sync.magento.orders.order import Order, parse_date
from magento_sync.sync.conversion import convert
from magento_sync.text import storable

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_list import Customer
    from magento_sync.db.customer_rows import Candidate
    from magento_sync.db.outcomes import Outcome

NO_ORDER = 0


@dataclass(frozen=True)
class EntryResult:
    """The outcome, as of an order, and the new or existing customer.

    There is no customer if the e-mail is invalid, or if the database refuses a value.
    """

    outcome: Outcome
    customer: Customer | None


def entry_candidate(email: str, name: str | None, product_name: str | None, purchase_date: str | None) -> Candidate:
    """Returns the candidate that an order with these values would give. A date without a time zone is in UTC.

    Raises:
        ApiError: 400 for the date.
    """
    try:
        bought = parse_date(purchase_date.upper() if purchase_date else None)  # RFC 3339 allows `t` and `z`
    except ValueError:
        bought = None
    # In an order, a blank or zero date means that there is none; here it is a mistake.
    if bought is None and purchase_date is not None:
        raise bad_request(FieldError("purchaseDate", "NOT_ALLOWED"))
    values = {"customer_email": email, "customer_firstname": name}
    converted = convert(Order(NO_ORDER, store_id=None, created_at=bought, values=values), enrich=False)
    product = storable(product_name or "").strip()
    return replace(converted, product_name=product) if product else converted


def store_entry(transaction: Transaction, website_id: str, entry: Candidate) -> EntryResult:
    """Stores a customer, unless the website already has it. Changes no existing row, and not the ledger.

    Raises:
        ApiError: 404 for the website.
    """
    websites.lock(transaction, website_id)
    if websites.find(transaction, website_id) is None:
        raise ApiError(404, "WEBSITE_NOT_FOUND")
    outcome = customers.store(transaction, website_id, [entry])[entry.order_id]
    if entry.email is None:
        return EntryResult(outcome, None)
    customer_id = customers.find(transaction, website_id, entry.email, entry.purchase_date)
    if customer_id is None:
        return EntryResult(outcome, None)
    [customer], _ = customer_list.page(transaction, Selection([website_id], customer_id=customer_id), limit=1)
    return EntryResult(outcome, customer)
