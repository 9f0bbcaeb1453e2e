"""The app's `Customer` rows in pages, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.names import CUSTOMER_COLUMNS, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection

    from magento_sync.db.connection.transaction import Row, Transaction


@dataclass(frozen=True)
class Customer:
    """A row of the app's table, with times as ISO 8601 in UTC, cut to milliseconds as JavaScript does.

    Name, e-mail and status are empty where the app's table has NULL.
    """

    id: str
    website_id: str
    name: str
    email: str
    product_name: str | None
    purchase_date: str | None
    status: str
    last_contact: str | None
    created_at: str


@dataclass(frozen=True)
class CustomerPosition:
    """A row's position in the list.

    Attributes:
        created_at: ISO 8601 without a zone, to the microsecond: the app's column may be finer than milliseconds.
        id: The row's id, because all customers of a page of orders have the same time.
    """

    created_at: str
    id: str


@dataclass(frozen=True)
class Selection:
    """Which customers to list.

    Attributes:
        websites: Ids of their websites; None for all.
        status: One of the app's statuses; None for all.
        text: A part of the name or the e-mail, in any case; None for all.
        customer_id: The id of a single customer; None for all.
    """

    websites: Collection[str] | None
    status: str | None = None
    text: str | None = None
    customer_id: str | None = None


def page(
    transaction: Transaction, selection: Selection, *, limit: int, after: CustomerPosition | None = None
) -> tuple[list[Customer], CustomerPosition | None]:
    """Returns the customers after a position, newest first.

    New rows come before every position, so no row is skipped or repeated.

    Returns:
        At most `limit` customers, and the position of the last one if there are more.
    """
    websites = None if selection.websites is None else list(selection.websites)
    # A single website gets a condition of its own: an index on website and time then returns the rows in order.
    rows = transaction.all(
        """
        SELECT {id} AS customer_id, {website_id} AS website, {product_name} AS product,
            COALESCE({name}, '') AS who, COALESCE({email}, '') AS address,
            COALESCE({customer_status}::text, '') AS state,
            to_char({purchase_date}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS bought,
            to_char({last_contact}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS contacted,
            to_char({created_at}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created,
            to_char({created_at}, 'YYYY-MM-DD"T"HH24:MI:SS.US') AS position
        FROM {customer}
        WHERE (%(website)s::text IS NULL OR {website_id} = %(website)s::text)
            AND (%(websites)s::text[] IS NULL OR {website_id} = ANY(%(websites)s::text[]))
            AND (%(status)s::text IS NULL OR {customer_status}::text = %(status)s::text)
            AND (%(only)s::text IS NULL OR {id} = %(only)s::text)
            AND (%(part)s::text IS NULL OR {name} ILIKE %(part)s::text OR {email} ILIKE %(part)s::text)
            AND (%(time)s::timestamp IS NULL OR ({created_at}, {id}) < (%(time)s::timestamp, %(id)s::text))
        ORDER BY {created_at} DESC, {id} DESC
        LIMIT %(limit)s
        """,
        {
            "website": websites[0] if websites and len(websites) == 1 else None,
            "websites": websites,
            "status": selection.status,
            "only": selection.customer_id,
            "part": None if selection.text is None else _containing(selection.text),
            "time": after.created_at if after else None,
            "id": after.id if after else None,
            "limit": limit + 1,
        },
    )
    customers = [_customer(row) for row in rows[:limit]]
    return customers, _position(rows[limit - 1]) if len(rows) > limit else None


def statuses(transaction: Transaction) -> frozenset[str]:
    """Returns the labels of the app's status enum; empty if the column is text and takes any value."""
    rows = transaction.all(
        """
        SELECT label.enumlabel AS status
        FROM pg_attribute AS a
        JOIN pg_class AS c ON c.oid = a.attrelid
        JOIN pg_enum AS label ON label.enumtypid = a.atttypid
        WHERE c.relname = %(table)s AND a.attname = %(column)s
            AND CASE WHEN %(schema)s::text IS NULL THEN pg_table_is_visible(c.oid)
                ELSE c.relnamespace = to_regnamespace(quote_ident(%(schema)s::text)) END
        """,
        {"table": TABLES["customer"], "column": CUSTOMER_COLUMNS["customer_status"], "schema": transaction.schema},
    )
    return frozenset(row["status"] for row in rows)


def _containing(text: str) -> str:
    """Returns a LIKE pattern that finds the text anywhere, with its metacharacters escaped."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _customer(row: Row) -> Customer:
    return Customer(
        id=row["customer_id"],
        website_id=row["website"],
        name=row["who"],
        email=row["address"],
        product_name=row["product"],
        purchase_date=row["bought"],
        status=row["state"],
        last_contact=row["contacted"],
        created_at=row["created"],
    )


def _position(row: Row) -> CustomerPosition:
    return CustomerPosition(row["position"], row["customer_id"])
