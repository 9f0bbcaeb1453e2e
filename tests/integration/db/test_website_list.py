"""The list of all websites: it reads no more rows than a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from magento_sync.db import website_list
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.names import composed
from magento_sync.db.website_list import WebsiteSelection

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Parameters, Row


class _Explaining(Transaction):
    """Returns a query's plan instead of running it, as if the tables were large."""

    plan = ""

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        self.connection.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        lines = self.connection.execute(b"EXPLAIN " + composed(query, self.schema), parameters).fetchall()
        self.plan = "\n".join(row["QUERY PLAN"] for row in lines)
        return []


def _explain(transaction: Transaction) -> str:
    asked = _Explaining(transaction.connection, None)
    website_list.page(asked, WebsiteSelection(), limit=100)
    return asked.plan


def test_runs_quarantine_and_customers_are_found_by_indexes(database: Database) -> None:
    plan = database.run(_explain)

    for index in (
        "MagentoSyncRun_websiteId_queuedAt_idx",
        "MagentoSyncOrder_quarantine_idx",
        "Customer_websiteId_createdAt_id_idx",
    ):
        assert index in plan
    assert '"createdAt" >' in next(line for line in plan.splitlines() if "Index Cond" in line and "createdAt" in line)


def test_what_a_table_shows_is_looked_up_after_the_page_is_cut(database: Database) -> None:
    plan = database.run(_explain)

    assert plan.index("Limit") < plan.index('on "Website"') < plan.index("MagentoSyncRun_websiteId_queuedAt_idx")
