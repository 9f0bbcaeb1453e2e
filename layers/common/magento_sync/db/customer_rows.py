"""Inserts into the app's `Customer` table, and checks of its unique index and of whether it accepts rows at all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from magento_sync.db.cuid import new_cuid
from magento_sync.db.json_parameters import json_rows
from magento_sync.db.names import names
from magento_sync.errors import CustomerTableUnfit, RowRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction

UNKNOWN_PRODUCT = "Unknown Product"
SOME_DATE = datetime(2024, 5, 4)  # noqa: DTZ001 - UTC, as timestamp(3) holds it
UNREADABLE_VALUE = "SQLSTATE 22P02"


@dataclass(frozen=True)
class Candidate:
    """An order that can become a customer.

    Attributes:
        order_id: The order's `entity_id`.
        email: Trimmed, as the shop sent it; None if there is no usable one.
        name: Never empty.
        product_name: Never empty.
        purchase_date: UTC without a zone, in whole milliseconds, or None.
    """

    order_id: int
    email: str | None
    name: str
    product_name: str
    purchase_date: datetime | None


def insert(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Inserts rows and returns the candidates that a unique index rejected, whatever its name."""
    if not candidates:
        return []
    ids = {new_cuid(): one for one in candidates}
    rows = transaction.all(
        """
        INSERT INTO {customer}
            ({id}, {website_id}, {name}, {email}, {product_name}, {purchase_date}, {customer_status},
            {created_at}, {updated_at})
        SELECT id, %(website)s, name, email, product, bought, 'PENDING', {now}, {now}
        FROM json_to_recordset(%(rows)s) AS new(id text, name text, email text, product text, bought timestamp)
        ON CONFLICT DO NOTHING
        RETURNING {id} AS id
        """,
        {
            "website": website_id,
            "rows": json_rows(
                [
                    {
                        "id": customer_id,
                        "name": one.name,
                        "email": one.email,
                        "product": one.product_name,
                        "bought": one.purchase_date and one.purchase_date.isoformat(),
                    }
                    for customer_id, one in ids.items()
                ]
            ),
        },
    )
    inserted = {row["id"] for row in rows}
    return [one for customer_id, one in ids.items() if customer_id not in inserted]


def has_unique_email_index(transaction: Transaction) -> bool:
    """Returns whether a unique index on exactly website and e-mail exists; the app's owner may have dropped it."""
    found = transaction.value(
        """
        SELECT EXISTS (
            SELECT FROM pg_index AS i
            WHERE i.indrelid = {customer_oid}
                AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
                AND (
                    SELECT array_agg(a.attname::text ORDER BY a.attname)
                    FROM unnest(i.indkey) WITH ORDINALITY AS key(attnum, position)
                    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.attnum
                    WHERE key.position <= 2
                ) = (SELECT array_agg(name ORDER BY name) FROM unnest(%s::text[]) AS name)
        )
        """,
        [[names().columns["website_id"], names().columns["email"]]],
    )
    return bool(found)


def check_accepts_rows(transaction: Transaction, website_id: str) -> None:
    """Inserts a short, valid row and undoes that.

    If even that row is refused, the fault is the table's, and no order must be quarantined for it.

    Raises:
        CustomerTableUnfit: The table refuses the row.
    """
    name = secrets.token_urlsafe(2)
    valid = Candidate(0, f"{name}@a.test", name, UNKNOWN_PRODUCT, SOME_DATE)
    try:
        with transaction.savepoint(undo=True):
            rejected = insert(transaction, website_id, [valid])
    except RowRefused as refused:
        reason = str(refused)
        if reason == UNREADABLE_VALUE:
            # PostgreSQL names no column here, but only one value of a valid row can be unreadable.
            reason += f", column {names().columns['customer_status']}: its type has no label PENDING"
        raise CustomerTableUnfit(names().tables["customer"], reason) from None
    if rejected:
        raise CustomerTableUnfit(names().tables["customer"], "a trigger or an index silently rejects rows")
