"""The app's columns in types that Prisma could give them: they work, or the error names the column."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.db import customer_list, schedule, websites
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.customer_list import Selection
from magento_sync.errors import ConfigurationError
from magento_sync.runs import claims
from tests.support.claims import claim_due
from tests.support.leases import BOUGHT, LATER, acquire, hold, order, store_page
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.system import System

    Rows = Connection[dict[str, Any]]

TIMES = {
    "Website": ["magentoLastSync", "createdAt", "updatedAt"],
    "Customer": ["purchaseDate", "lastContact", "createdAt", "updatedAt"],
}
TEXTS = {
    "Website": ["id", "domain", "magentoApiUrl", "magentoStoreId", "magentoSyncStatus"],
    "Customer": ["id", "websiteId", "name", "email", "productName"],
}


def change_types(rows: Rows, columns: dict[str, list[str]], kind: str) -> None:
    """Gives columns another type; the values stay the same moments and texts."""
    rows.execute("SET TimeZone = 'UTC'")
    for table, names in columns.items():
        changes = ", ".join(f'ALTER "{name}" TYPE {kind} USING "{name}"::{kind}' for name in names)
        rows.execute(f'ALTER TABLE "{table}" {changes}'.encode())


USABLE = {
    "store id as Int": ({"Website": ["magentoStoreId"]}, "integer"),
    "store id as BigInt": ({"Website": ["magentoStoreId"]}, "bigint"),
    "watermark as BigInt": ({"Website": ["magentoLastEntityId"]}, "bigint"),
    "times with a zone": (TIMES, "timestamptz(3)"),
    "times with microseconds": (TIMES, "timestamp(6)"),
    "texts with a length": (TEXTS, "varchar(400)"),
}


@pytest.mark.parametrize("types", USABLE)
def test_a_sync_stores_the_same_with_every_usable_type(system: System, rows: Rows, types: str) -> None:
    expected = system.sync(system.add_website(magentoStoreId="1"))
    change_types(rows, *USABLE[types])

    website = system.add_website("unknown.example", magentoStoreId="1")
    summary = system.sync(website)

    assert summary | {"websiteId": None, "runId": None} == expected | {"websiteId": None, "runId": None}
    assert summary["importedCustomers"] > 0
    assert system.scheduled_sync(website)["importedCustomers"] == 0
    assert system.dry_run(website)["status"] == "COMPLETED"


@pytest.mark.parametrize("types", ["times with a zone", "times with microseconds"])
def test_times_have_the_same_value_with_every_usable_type(database: Database, app: App, rows: Rows, types: str) -> None:
    rows.execute("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kolkata'")
    change_types(rows, *USABLE[types])
    website = app.add_website(magentoLastSync="2026-05-04 12:30:00Z")
    try:
        store_page(database, hold(database, website), order(1, "a@b.nl"), order(2, "a@b.nl", LATER), order(3, "a@b.nl"))
        app.change_website(website, magentoAutoUploadLastRun=None)
        times = database.run(schedule.times, website)
        [customer], _ = database.run(customer_list.page, Selection([website]), limit=5)
    finally:
        rows.execute("ALTER ROLE CURRENT_USER RESET timezone")

    assert app.ledger(website) == {1: "imported", 2: "repeat_purchase", 3: "duplicate"}
    assert times.last_sync == BOUGHT
    assert times.next_due == datetime(2026, 5, 4, 18, 30)  # noqa: DTZ001 - UTC
    assert customer.purchase_date == "2026-05-04T12:30:00.000Z"


def test_a_page_of_customers_follows_another_where_times_have_a_zone(database: Database, app: App, rows: Rows) -> None:
    change_types(rows, *USABLE["times with a zone"])
    website = app.add_website()
    store_page(database, hold(database, website), order(1), order(2), order(3))

    first, position = database.run(customer_list.page, Selection([website]), limit=2)
    second, end = database.run(customer_list.page, Selection([website]), limit=2, after=position)

    assert len({one.id for one in first + second}) == 3
    assert end is None


UNUSABLE = {
    "watermark as String": ("Website", "magentoLastEntityId", "text"),
    "switch as Int": ("Website", "magentoAutoUploadEnabled", "integer"),
    "last sync as String": ("Website", "magentoLastSync", "text"),
    "customer's id as Uuid": ("Customer", "id", "uuid"),
    "purchase date as String": ("Customer", "purchaseDate", "text"),
    "product as Int": ("Customer", "productName", "integer"),
}


@pytest.mark.parametrize("types", UNUSABLE)
def test_a_column_of_an_unusable_type_is_named(database: Database, app: App, rows: Rows, types: str) -> None:
    table, column, kind = UNUSABLE[types]
    rows.execute('ALTER TABLE "EmailSendHistory" DROP CONSTRAINT "EmailSendHistory_customerId_fkey"')
    change = f'TYPE {kind} USING "{column}"::{"text::uuid" if kind == "uuid" else kind}'
    website = app.add_website(magentoLastEntityId="7")
    rows.execute(f'ALTER TABLE "{table}" ALTER "{column}" DROP DEFAULT, ALTER "{column}" {change}'.encode())

    def sync() -> None:
        database.run(claim_due, SETTINGS)
        claimed = app.website(website)["magentoSyncRunId"]
        lease = database.run(acquire, website, claimed, SETTINGS)
        store_page(database, lease, order(8))

    with pytest.raises(ConfigurationError, match=f'"{table}"."{column}" has the type {kind}'):
        sync()

    if table == "Website":
        assert app.website(website)["magentoAutoUploadStatus"] == "STOPPED"
    assert app.customers(website) == []


def test_a_watermark_that_is_no_number_claims_nothing(database: Database, app: App, rows: Rows) -> None:
    rows.execute('ALTER TABLE "Website" ALTER "magentoLastEntityId" TYPE text')
    website = app.add_website(magentoLastEntityId="seven")

    with pytest.raises(ConfigurationError, match="magentoLastEntityId"):
        database.run(claims.claim_website, website, trigger="manual")

    assert app.website(website)["magentoAutoUploadStatus"] == "STOPPED"
    assert app.runs(website) == []


def test_an_unknown_cause_is_reported_with_its_sqlstate(database: Database) -> None:
    with pytest.raises(ConfigurationError, match=r"42883.*Check the rights"):
        database.run(Transaction.execute, "SELECT ARRAY[1] + 'one'::text")

    assert database.run(websites.find, "nobody") is None
