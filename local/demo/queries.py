"""The database's content after the runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.demo.websites import SyncedWebsite
    from magento_sync.db.connection.transaction import Row, Transaction

SAMPLE = 6


def count_customers(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> int:
    """Returns the number of all customers of these websites."""
    row = transaction.one(
        "SELECT count(*) AS customers FROM {customer} WHERE {website_id} = ANY(%s)", [[each.id for each in websites]]
    )
    return int(row["customers"]) if row else 0


def sample_customers(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> list[Row]:
    """Returns about half a dozen customers, the same number of each website, with the latest purchases first."""
    return transaction.all(
        """
        SELECT who, address, bought, shop FROM (
            SELECT c.{name} AS who, c.{email} AS address, c.{purchase_date} AS bought, w.{domain} AS shop,
                row_number() OVER (PARTITION BY w.{id} ORDER BY c.{purchase_date} DESC NULLS LAST, c.{id}) AS place
            FROM {customer} AS c JOIN {website} AS w ON w.{id} = c.{website_id}
            WHERE w.{id} = ANY(%(websites)s)
        ) AS ranked
        WHERE place <= %(each)s
        ORDER BY bought DESC NULLS LAST, shop
        """,
        {"websites": [each.id for each in websites], "each": max(1, SAMPLE // len(websites))},
    )


def count_outcomes(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> dict[str, Counter[str]]:
    """Returns the number of orders of all runs by website id and outcome."""
    rows = transaction.all(
        """
        SELECT "websiteId", "outcome", count(*) AS orders FROM {ledger}
        WHERE "websiteId" = ANY(%s) GROUP BY "websiteId", "outcome"
        """,
        [[each.id for each in websites]],
    )
    counted: dict[str, Counter[str]] = {each.id: Counter() for each in websites}
    for row in rows:
        counted[row["websiteId"]][row["outcome"]] = row["orders"]
    return counted
