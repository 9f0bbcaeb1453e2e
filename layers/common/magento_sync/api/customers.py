"""Lists customers, and adds one entered by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from magento_sync.api.customer_entry import entry_candidate, store_entry
from magento_sync.api.http.cursors import decode_time_cursor, encode_cursor
from magento_sync.api.http.errors import ApiError, bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.customers import CustomerPage, CustomerView
from magento_sync.db import customer_list
from magento_sync.db.customer_list import CustomerPosition, Selection
from magento_sync.db.outcomes import Outcome

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.api.models.customers import CustomerEntry
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_list import Customer

LIST_NAME = "customers"


@dataclass(frozen=True)
class CustomerQuery:
    """The query of a list of customers; the OpenAPI document describes its parameters."""

    website_id: str | None = None
    status: str | None = None
    text: str | None = None
    limit: int = 50
    cursor: str | None = None

    @property
    def filters(self) -> str:
        """A hash of the filters: a cursor is valid only with the filters that it was made with."""
        return sha256(repr((self.website_id, self.status, self.text)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Customers:
    """Lists and adds customers for a caller."""

    database: Database
    caller: Caller

    def page(self, query: CustomerQuery) -> CustomerPage:
        """Returns a page of the customers of one website, or of all websites that the caller may access.

        Raises:
            ApiError: 404 for the website; 400 for the status or the cursor.
        """
        after = None
        if query.cursor is not None:
            after = CustomerPosition(*decode_time_cursor(LIST_NAME, query.filters, query.cursor))
        customers, last = self.database.run(self._read, query, after)
        next_cursor = encode_cursor(LIST_NAME, query.filters, last.created_at, last.id) if last else None
        return CustomerPage(customers=[_view(customer) for customer in customers], next_cursor=next_cursor)

    def add(self, entry: CustomerEntry) -> CustomerView:
        """Adds a customer, with the rules of an order.

        Raises:
            ApiError: 404 for the website; 400 for a field; 409 if the website already has the customer.
        """
        self.caller.check_website(entry.website_id)
        candidate = entry_candidate(entry.email, entry.name, entry.product_name, entry.purchase_date)
        result = self.database.run(store_entry, entry.website_id, candidate)
        if result.outcome is Outcome.NO_EMAIL:
            raise bad_request(FieldError("email", "NOT_ALLOWED"))
        if result.customer is None:
            raise bad_request(FieldError("body", "NOT_ALLOWED"))
        if result.outcome is not Outcome.IMPORTED:
            raise ApiError(409, "CUSTOMER_EXISTS", {"customer": _view(result.customer)})
        return _view(result.customer)

    def _read(
        self, transaction: Transaction, query: CustomerQuery, after: CustomerPosition | None
    ) -> tuple[list[Customer], CustomerPosition | None]:
        if query.website_id is not None:
            self.caller.find_website(transaction, query.website_id)
        _check_status(transaction, query.status)
        website_ids = self.caller.websites if query.website_id is None else [query.website_id]
        selection = Selection(website_ids, query.status, query.text)
        return customer_list.page(transaction, selection, limit=query.limit, after=after)


def _view(customer: Customer) -> CustomerView:
    return CustomerView(**asdict(customer))


def _check_status(transaction: Transaction, status: str | None) -> None:
    known = customer_list.statuses(transaction) if status is not None else frozenset()
    if known and status not in known:
        raise bad_request(FieldError("status", "NOT_ALLOWED"))
