"""The columns of `Website` in which an earlier system kept credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db.websites import website_from_row

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.websites import Website


def holders(transaction: Transaction) -> list[Website]:
    """Returns the websites whose row holds any credentials, by domain."""
    rows = transaction.all(
        """
        SELECT * FROM {website}
        WHERE concat({bearer_token}, {api_key}, {api_secret}) <> '' ORDER BY {domain}, {id}
        """
    )
    return [website_from_row(row) for row in rows]


def clear_token(transaction: Transaction, website: Website) -> bool:
    """Clears the bearer token, unless it has changed, and returns whether it did."""
    query = """
        UPDATE {website} SET {bearer_token} = NULL, {updated_at} = {now}
        WHERE {id} = %s AND {bearer_token} = %s
    """
    return transaction.execute(query, [website.id, website.bearer_token]) > 0


def clear_password(transaction: Transaction, website: Website) -> bool:
    """Clears an admin's user name and password, unless one of them has changed, and returns whether it did."""
    query = """
        UPDATE {website} SET {api_key} = NULL, {api_secret} = NULL, {updated_at} = {now}
        WHERE {id} = %s AND {api_key} = %s AND {api_secret} = %s
    """
    return transaction.execute(query, [website.id, website.api_key, website.api_secret]) > 0
