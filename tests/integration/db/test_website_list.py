"""The list of all websites: it reads no more rows than a page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db import website_list
from magento_sync.db.website_list import WebsiteSelection
from tests.support.explaining import explained

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database


def _plan(database: Database) -> str:
    """Returns the plan that large tables would have."""
    return explained(
        database,
        lambda transaction: website_list.page(transaction, WebsiteSelection(), limit=100),
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off",
    )


def test_runs_quarantine_and_customers_are_found_by_indexes(database: Database) -> None:
    plan = _plan(database)

    for index in (
        "MagentoSyncRun_websiteId_queuedAt_idx",
        "MagentoSyncOrder_quarantine_idx",
        "Customer_websiteId_createdAt_id_idx",
    ):
        assert index in plan
    assert '"createdAt" >' in next(line for line in plan.splitlines() if "Index Cond" in line and "createdAt" in line)


def test_what_a_table_shows_is_looked_up_after_the_page_is_cut(database: Database) -> None:
    plan = _plan(database)

    assert plan.index("Limit") < plan.index('on "Website"') < plan.index("MagentoSyncRun_websiteId_queuedAt_idx")
