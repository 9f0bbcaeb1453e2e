"""The app's `Customer` rows in pages, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.names import names
from magento_sync.text import containing

if TYPE_CHECKING:
    from collections.abc import Collection

    from magento_sync.db.connection.transaction import Transaction


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
    """A row's position in the list, with its id: all customers of a page of orders have the same time.

    The time is ISO 8601 without a zone, to the microsecond: the app's column may be finer than milliseconds.
    """

    created_at: str
    id: str


@dataclass(frozen=True)
class Selection:
    """Which customers to list; None for all.

    The text is a part of the name or the e-mail, in any case.
    """

    websites: Collection[str] | None
    status: str | None = None
    text: str | None = None
    customer_id: str | None = None


def page(
    transaction: Transaction, selection: Selection, *, limit: int, after: CustomerPosition | None = None
) -> tuple[list[Customer], CustomerPosition | None]:
    """Returns at most `limit` customers, newest first, and the position of the last one if there are more.

    New rows come before every position, so no row is skipped or repeated.
    """
    websites = None if selection.websites is None else list(selection.websites)
    # A single website gets a condition of its own: an index on website and time then returns the rows in order.
    rows = transaction.all(
        """
        SELECT {id} AS id, {website_id} AS website_id, {product_name} AS product_name,
            COALESCE({name}, '') AS name, COALESCE({email}, '') AS email,
            COALESCE({customer_status}::text, '') AS status,
            to_char({purchase_date}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS purchase_date,
            to_char({last_contact}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_contact,
            to_char({created_at}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS created_at,
            to_char({created_at}, 'YYYY-MM-DD"T"HH24:MI:SS.US') AS position
        FROM {customer} AS c
        WHERE (%(website)s::text IS NULL OR {website_id} = %(website)s::text)
            AND (%(websites)s::text[] IS NULL OR {website_id} = ANY(%(websites)s::text[]))
            AND (%(status)s::text IS NULL OR {customer_status}::text = %(status)s::text)
            AND (%(only)s::text IS NULL OR {id} = %(only)s::text)
            AND (%(part)s::text IS NULL OR {name} ILIKE %(part)s::text OR {email} ILIKE %(part)s::text)
            AND (%(time)s::timestamp IS NULL OR ({created_at}, {id}) < (%(time)s::timestamp, %(id)s::text))
        ORDER BY c.{created_at} DESC, c.{id} DESC
        LIMIT %(limit)s
        """,
        {
            "website": websites[0] if websites and len(websites) == 1 else None,
            "websites": websites,
            "status": selection.status,
            "only": selection.customer_id,
            "part": None if selection.text is None else containing(selection.text),
            "time": after.created_at if after else None,
            "id": after.id if after else None,
            "limit": limit + 1,
        },
    )
    positions = [CustomerPosition(row.pop("position"), row["id"]) for row in rows]
    return [Customer(**row) for row in rows[:limit]], positions[limit - 1] if len(rows) > limit else None


def statuses(transaction: Transaction) -> frozenset[str]:
    """Returns the labels of the app's status enum; empty if the column is text and takes any value."""
    rows = transaction.all(
        """
        SELECT enumlabel AS status FROM pg_attribute JOIN pg_enum ON enumtypid = atttypid
        WHERE attrelid = {customer_oid} AND attname = %s
        """,
        [names().columns["customer_status"]],
    )
    return frozenset(row["status"] for row in rows)
