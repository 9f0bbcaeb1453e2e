"""`/api/customers`: the list, and one entered by hand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from magento_sync.api.customer_entry import enter, entry
from magento_sync.api.http.cursors import cursor_of, parts_of
from magento_sync.api.http.errors import ApiError, bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.customers import CustomerPage, CustomerView
from magento_sync.db import customer_list
from magento_sync.db.customer_list import CustomerPosition, Selection
from magento_sync.db.outcomes import Outcome
from magento_sync.errors import OrderError, Refusal

if TYPE_CHECKING:
    from magento_sync.api.http.caller import Caller
    from magento_sync.api.models.customers import CustomerEntry
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_list import Customer

KIND = "customers"


@dataclass(frozen=True)
class CustomerQuery:
    """What a caller wants to see: see the OpenAPI document."""

    website_id: str | None = None
    status: str | None = None
    text: str | None = None
    limit: int = 50
    cursor: str | None = None

    @property
    def mark(self) -> str:
        """Tells selections apart: a cursor means a place in its own list."""
        return sha256(repr((self.website_id, self.status, self.text)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Customers:
    """What callers can do with customers.

    Attributes:
        database: The app's.
        caller: Who asks.
    """

    database: Database
    caller: Caller

    def page(self, wanted: CustomerQuery) -> CustomerPage:
        """Customers of one website, or of all that the caller may touch.

        Raises:
            ApiError: 404 for a website, 400 for a status or a cursor.
        """
        customers, place = self.database.run(self._read, wanted, _place(wanted))
        cursor = cursor_of(KIND, wanted.mark, place.created_at, place.id) if place else None
        return CustomerPage(customers=[_shown(one) for one in customers], next_cursor=cursor)

    def add(self, asked: CustomerEntry) -> CustomerView:
        """Stores a customer under the rules of an order.

        Raises:
            ApiError: 404; 400 for a field; 409 where the website has that customer.
        """
        self.caller.check_website(asked.website_id)
        try:
            candidate = entry(asked.email, asked.name, asked.product_name, asked.purchase_date)
        except OrderError:
            raise bad_request(FieldError("purchaseDate", "NOT_ALLOWED")) from None
        if asked.purchase_date is not None and candidate.purchase_date is None:
            # Blanks and zeros, which mean none in an order.
            raise bad_request(FieldError("purchaseDate", "NOT_ALLOWED"))
        try:
            entered = self.database.run(enter, asked.website_id, candidate)
        except Refusal:
            raise ApiError(404, "WEBSITE_NOT_FOUND") from None
        if entered.outcome is Outcome.NO_EMAIL:
            raise bad_request(FieldError("email", "NOT_ALLOWED"))
        if entered.customer is None:
            raise bad_request(FieldError("body", "NOT_ALLOWED"))
        if entered.outcome is not Outcome.IMPORTED:
            raise ApiError(409, "CUSTOMER_EXISTS", {"customer": _shown(entered.customer)})
        return _shown(entered.customer)

    def _read(
        self, transaction: Transaction, wanted: CustomerQuery, after: CustomerPosition | None
    ) -> tuple[list[Customer], CustomerPosition | None]:
        if wanted.website_id is not None:
            self.caller.find_website(transaction, wanted.website_id)
        _check_status(transaction, wanted.status)
        websites = self.caller.websites if wanted.website_id is None else [wanted.website_id]
        selection = Selection(websites, wanted.status, wanted.text)
        return customer_list.page(transaction, selection, limit=wanted.limit, after=after)


def _shown(customer: Customer) -> CustomerView:
    return CustomerView(**asdict(customer))


def _place(wanted: CustomerQuery) -> CustomerPosition | None:
    if wanted.cursor is None:
        return None
    mark, created_at, customer_id = parts_of(KIND, wanted.cursor, 3)
    if mark != wanted.mark or not _is_place_in_time(created_at):
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return CustomerPosition(created_at, customer_id)


def _is_place_in_time(text: str) -> bool:
    """Whether it is a time as we write it, and no other way: PostgreSQL takes `now` for one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is None and moment.isoformat(timespec="microseconds") == text


def _check_status(transaction: Transaction, status: str | None) -> None:
    known = customer_list.statuses(transaction) if status is not None else frozenset()
    if known and status not in known:
        raise bad_request(FieldError("status", "NOT_ALLOWED"))
