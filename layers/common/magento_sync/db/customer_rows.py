"""Rows for the app's `Customer`: how they get in, what its unique index says, and whether it takes any at all."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from magento_sync.db.cuid import new_cuid
from magento_sync.db.names import CUSTOMER_COLUMNS, TABLES
from magento_sync.errors import CustomerTableUnfit, RowRefused
from magento_sync.sync.conversion import UNKNOWN_PRODUCT, Candidate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Transaction

SOME_DATE = datetime(2024, 5, 4)  # noqa: DTZ001 - UTC, as timestamp(3) holds it
# Where PostgreSQL names no column. A row without any fault has but one value that it may not be able to read.
REASONS = {
    "SQLSTATE 22P02": f"SQLSTATE 22P02, column {CUSTOMER_COLUMNS['customer_status']}: its type has no label PENDING"
}


def insert(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Inserts rows and returns the candidates that an index kept out, whatever that index is called."""
    if not candidates:
        return []
    ids = {new_cuid(): one for one in candidates}
    rows = transaction.all(
        """
        INSERT INTO {customer}
            ({id}, {website_id}, {name}, {email}, {product_name}, {purchase_date}, {customer_status}, {created_at}, {updated_at})
        SELECT id, %(website)s, name, email, product, bought, 'PENDING', {now}, {now}
        FROM unnest(%(ids)s::text[], %(names)s::text[], %(emails)s::text[], %(products)s::text[], %(dates)s::timestamp[])
            AS new(id, name, email, product, bought)
        ON CONFLICT DO NOTHING
        RETURNING {id}
        """,
        {
            "website": website_id,
            "ids": list(ids),
            "names": [one.name for one in candidates],
            "emails": [one.email for one in candidates],
            "products": [one.product_name for one in candidates],
            "dates": [one.purchase_date for one in candidates],
        },
    )
    inserted = {row["id"] for row in rows}
    return [one for customer_id, one in ids.items() if customer_id not in inserted]


def has_unique_email_index(transaction: Transaction) -> bool:
    """Whether a unique index on exactly website and e-mail exists; the app's owner may have dropped it."""
    row = transaction.one(
        """
        SELECT EXISTS (
            SELECT FROM pg_index AS i
            JOIN pg_class AS c ON c.oid = i.indrelid
            WHERE c.relname = %(table)s
                AND CASE WHEN %(schema)s::text IS NULL THEN pg_table_is_visible(c.oid)
                    ELSE c.relnamespace = to_regnamespace(quote_ident(%(schema)s::text)) END
                AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
                AND (
                    SELECT array_agg(a.attname::text ORDER BY a.attname)
                    FROM unnest(i.indkey) WITH ORDINALITY AS key(attnum, position)
                    JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.attnum
                    WHERE key.position <= 2
                ) = (SELECT array_agg(name ORDER BY name) FROM unnest(%(columns)s::text[]) AS name)
        ) AS present
        """,
        {
            "table": TABLES["customer"],
            "schema": transaction.schema,
            "columns": [CUSTOMER_COLUMNS["website_id"], CUSTOMER_COLUMNS["email"]],
        },
    )
    return bool(row and row["present"])


def check_accepts_rows(transaction: Transaction, website_id: str) -> None:
    """Inserts a row without any fault, as short as they come, and undoes that.

    Where even that one is refused, the fault is the table's, and orders that are refused must not be put aside for it.

    Raises:
        CustomerTableUnfit: It takes no row of ours.
    """
    name = secrets.token_urlsafe(2)
    faultless = Candidate(0, f"{name}@a.test", name, UNKNOWN_PRODUCT, SOME_DATE)
    try:
        with transaction.savepoint(undo=True):
            kept_out = insert(transaction, website_id, [faultless])
    except RowRefused as refused:
        raise CustomerTableUnfit(TABLES["customer"], REASONS.get(str(refused), str(refused))) from None
    if kept_out:
        raise CustomerTableUnfit(TABLES["customer"], "a trigger or an index keeps rows out without a word")
