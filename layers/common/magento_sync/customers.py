"""The app's `Customer` rows. We only insert, and set the status once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.cuid import new_cuid
from magento_sync.errors import RowRefused
from magento_sync.names import CUSTOMER_COLUMNS, TABLES
from magento_sync.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from magento_sync.conversion import Candidate
    from magento_sync.database import Transaction


def store(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    """Judges candidates in the order of their ids, as if they were stored singly, and inserts those that are new.

    A value that the database refuses costs its order, not the page.

    Args:
        transaction: With the website's row locked, so that writers of one website's customers take turns.
        website_id: Whose customers.
        candidates: New to the ledger.

    Returns:
        What became of each, by order id.
    """
    outcomes = {one.order_id: Outcome.NO_EMAIL for one in candidates if one.email is None}
    mailable = sorted((one for one in candidates if one.email is not None), key=lambda one: one.order_id)
    if not mailable:
        return outcomes
    try:
        with transaction.savepoint():
            return outcomes | _store_together(transaction, website_id, mailable)
    except RowRefused:
        return outcomes | _store_singly(transaction, website_id, mailable)


def find(transaction: Transaction, website_id: str, email: str, bought: datetime | None) -> str | None:
    """The id of the website's customer with that e-mail in any case; best the one of that purchase, then the newest."""
    row = transaction.one(
        """
        SELECT {id} FROM {customer}
        WHERE {website_id} = %(website)s AND lower({email}) = lower(%(email)s)
        ORDER BY {purchase_date} IS NOT DISTINCT FROM %(bought)s::timestamp DESC, {created_at} DESC, {id} DESC
        LIMIT 1
        """,
        {"website": website_id, "email": email, "bought": bought},
    )
    return row["id"] if row else None


def _store_singly(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    for one in candidates:
        try:
            with transaction.savepoint():
                outcomes |= _store_together(transaction, website_id, [one])
        except RowRefused:
            outcomes[one.order_id] = Outcome.FAILED
    return outcomes


def _store_together(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> dict[int, Outcome]:
    outcomes = _judged(transaction, website_id, candidates, one_per_email=_one_per_email(transaction))
    new = [one for one in candidates if outcomes[one.order_id] is Outcome.IMPORTED]
    refused = _insert(transaction, website_id, new)
    if refused:
        # The app itself added an e-mail since we looked, which is visible now; or an index of another form keeps it out.
        stored = {one.order_id for one in new} - {one.order_id for one in refused}
        for one in candidates:
            if one.order_id not in stored:
                outcome = _judged(transaction, website_id, [one], one_per_email=True)[one.order_id]
                outcomes[one.order_id] = Outcome.FAILED if outcome is Outcome.IMPORTED else outcome
    return outcomes


def _judged(
    transaction: Transaction, website_id: str, candidates: Sequence[Candidate], *, one_per_email: bool
) -> dict[int, Outcome]:
    rows = transaction.all(
        """
        WITH incoming AS (
            SELECT order_id, bought, lower(email) AS mail
            FROM unnest(%(ids)s::bigint[], %(emails)s::text[], %(dates)s::timestamp[]) AS candidate(order_id, email, bought)
        ), compared AS (
            SELECT order_id,
                EXISTS (
                    SELECT FROM {customer} AS c WHERE c.{website_id} = %(website)s AND lower(c.{email}) = mail
                ) AS has_mail,
                EXISTS (
                    SELECT FROM {customer} AS c WHERE c.{website_id} = %(website)s AND lower(c.{email}) = mail
                        AND c.{purchase_date} IS NOT DISTINCT FROM bought
                ) AS has_purchase,
                row_number() OVER (PARTITION BY mail ORDER BY order_id) AS nth_of_mail,
                row_number() OVER (PARTITION BY mail, bought ORDER BY order_id) AS nth_of_purchase,
                first_value(bought) OVER (PARTITION BY mail ORDER BY order_id) IS NOT DISTINCT FROM bought AS as_the_first
            FROM incoming
        )
        SELECT order_id, CASE
            WHEN has_purchase THEN 'duplicate'
            WHEN %(one_per_email)s AND has_mail THEN 'repeat_purchase'
            WHEN %(one_per_email)s AND nth_of_mail > 1 AND as_the_first THEN 'duplicate'
            WHEN %(one_per_email)s AND nth_of_mail > 1 THEN 'repeat_purchase'
            WHEN nth_of_purchase > 1 THEN 'duplicate'
            ELSE 'imported'
        END AS outcome
        FROM compared
        """,
        {
            "website": website_id,
            "ids": [one.order_id for one in candidates],
            "emails": [one.email for one in candidates],
            "dates": [one.purchase_date for one in candidates],
            "one_per_email": one_per_email,
        },
    )
    return {row["order_id"]: Outcome(row["outcome"]) for row in rows}


def _insert(transaction: Transaction, website_id: str, candidates: Sequence[Candidate]) -> list[Candidate]:
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


def _one_per_email(transaction: Transaction) -> bool:
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
