"""What stands in the database when the runs are over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.demo.websites import Site
    from magento_sync.db.connection.transaction import Row, Transaction

SAMPLE = 6


def customers_in_all(transaction: Transaction, sites: Sequence[Site]) -> int:
    """How many customers these websites have."""
    row = transaction.one(
        "SELECT count(*) AS customers FROM {customer} WHERE {website_id} = ANY(%s)", [[site.id for site in sites]]
    )
    return int(row["customers"]) if row else 0


def some_customers(transaction: Transaction, sites: Sequence[Site]) -> list[Row]:
    """About half a dozen customers, from every website as many, the latest purchases first."""
    return transaction.all(
        """
        SELECT who, address, bought, shop FROM (
            SELECT c.{name} AS who, c.{email} AS address, c.{purchase_date} AS bought, w.{domain} AS shop,
                row_number() OVER (PARTITION BY w.{id} ORDER BY c.{purchase_date} DESC NULLS LAST, c.{id}) AS place
            FROM {customer} AS c JOIN {website} AS w ON w.{id} = c.{website_id}
            WHERE w.{id} = ANY(%(sites)s)
        ) AS ranked
        WHERE place <= %(each)s
        ORDER BY bought DESC NULLS LAST, shop
        """,
        {"sites": [site.id for site in sites], "each": max(1, SAMPLE // len(sites))},
    )


def outcomes(transaction: Transaction, sites: Sequence[Site]) -> dict[str, Counter[str]]:
    """How many orders came to which end, by website id, over all runs."""
    rows = transaction.all(
        """
        SELECT "websiteId", "outcome", count(*) AS orders FROM {ledger}
        WHERE "websiteId" = ANY(%s) GROUP BY "websiteId", "outcome"
        """,
        [[site.id for site in sites]],
    )
    counted: dict[str, Counter[str]] = {site.id: Counter() for site in sites}
    for row in rows:
        counted[row["websiteId"]][row["outcome"]] = row["orders"]
    return counted
