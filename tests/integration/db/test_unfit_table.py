"""A customer table that refuses every row: it raises CustomerTableUnfit, and no order is quarantined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.api.customer_entry import store_entry
from magento_sync.errors import CustomerTableUnfit
from tests.support.leases import BOUGHT, hold, order, store_page

if TYPE_CHECKING:
    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from tests.support.app import App
    from tests.support.system import System

    Rows = Connection[dict[str, Any]]

RAISING = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no % here', NEW.email; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON "Customer" FOR EACH ROW EXECUTE FUNCTION refuse()
"""
SWALLOWING = """
    CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER swallow BEFORE INSERT ON "Customer" FOR EACH ROW EXECUTE FUNCTION swallow()
"""
DEFERRABLE = """
    ALTER TABLE "Customer" ADD CONSTRAINT once UNIQUE ("websiteId", "email") DEFERRABLE
"""
# the owner's change, the expected reason, and the repair
FAULTS = {
    "a column that has to be filled": (
        'ALTER TABLE "Customer" ADD COLUMN "locale" TEXT NOT NULL',
        "SQLSTATE 23502, column locale",
        """ALTER TABLE "Customer" ALTER "locale" SET DEFAULT 'nl'""",
    ),
    "a status without PENDING": (
        """ALTER TYPE "EmailStatus" RENAME VALUE 'PENDING' TO 'NEW'""",
        "SQLSTATE 22P02, column status: its type has no label PENDING",
        """ALTER TYPE "EmailStatus" RENAME VALUE 'NEW' TO 'PENDING'""",
    ),
    "a check that nothing of ours passes": (
        """ALTER TABLE "Customer" ADD CONSTRAINT real_product CHECK ("productName" <> 'Unknown Product')""",
        "SQLSTATE 23514, constraint real_product",
        'ALTER TABLE "Customer" DROP CONSTRAINT real_product',
    ),
    "a trigger that raises": (RAISING, "SQLSTATE P0001", 'DROP TRIGGER refuse ON "Customer"'),
    "a trigger that keeps rows out": (
        SWALLOWING,
        "a trigger or an index silently rejects rows",
        'DROP TRIGGER swallow ON "Customer"',
    ),
    "a deferrable unique constraint": (
        DEFERRABLE,
        "SQLSTATE 55000, constraint once",
        'ALTER TABLE "Customer" DROP CONSTRAINT once',
    ),
}


@pytest.mark.parametrize("page", [1, 25])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_order_is_quarantined_for_the_tables_fault(
    database: Database, app: App, rows: Rows, fault: str, page: int
) -> None:
    break_it, reason, mend_it = FAULTS[fault]
    website = app.add_website()
    lease = hold(database, website)
    orders = [order(number) for number in range(1, page + 1)]
    rows.execute(break_it.encode())

    with pytest.raises(CustomerTableUnfit) as unfit:
        store_page(database, lease, *orders)

    assert f"Customer accepts no row ({reason})" in str(unfit.value)
    assert "@" not in str(unfit.value)
    assert app.ledger(website) == {}
    assert app.website(website)["magentoLastEntityId"] is None
    rows.execute(mend_it.encode())
    store_page(database, lease, *orders)
    assert set(app.ledger(website).values()) == {"imported"}
    assert len(app.customers(website)) == page


@pytest.mark.parametrize("others", [0, 3], ids=["alone", "among others"])
def test_a_refused_value_quarantines_only_its_order(database: Database, app: App, rows: Rows, others: int) -> None:
    rows.execute('ALTER TABLE "Customer" ALTER "purchaseDate" SET NOT NULL')
    website = app.add_website()
    page = [order(1, bought=None), *(order(number) for number in range(2, 2 + others))]

    store_page(database, hold(database, website), *page)

    assert app.ledger(website) == {1: "failed", **dict.fromkeys(range(2, 2 + others), "imported")}
    assert len(app.customers(website)) == others, "the row that proves it is not left behind"


def test_a_table_that_accepted_another_row_of_the_page_is_not_at_fault(
    database: Database, app: App, rows: Rows
) -> None:
    """Even if it would refuse the row of the check."""
    rows.execute(
        """ALTER TABLE "Customer" ADD CHECK ("email" NOT LIKE '%.test'), ADD CHECK ("purchaseDate" IS NOT NULL)"""
    )
    website = app.add_website()

    store_page(database, hold(database, website), order(1, bought=None), order(2))

    assert app.ledger(website) == {1: "failed", 2: "imported"}


def test_a_customer_entered_by_hand_raises_customer_table_unfit_too(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    rows.execute('ALTER TABLE "Customer" ADD COLUMN "locale" TEXT NOT NULL')

    with pytest.raises(CustomerTableUnfit):
        database.run(store_entry, website, order(0, "jan@example.com", BOUGHT))


def test_a_run_stays_running_and_continues_once_the_table_is_repaired(system: System, rows: Rows) -> None:
    website = system.add_website()
    run = system.claim(website)
    rows.execute('ALTER TABLE "Customer" ADD COLUMN "locale" TEXT NOT NULL')

    with pytest.raises(CustomerTableUnfit):
        system.syncer.run(website, run)

    assert system.app.run(run)["status"] == "RUNNING"
    assert system.app.ledger(website) == {}
    rows.execute('ALTER TABLE "Customer" DROP COLUMN "locale"')
    assert system.syncer.run(website, run)["status"] == "COMPLETED"
    assert "failed" not in system.app.ledger(website).values()
