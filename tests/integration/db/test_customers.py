"""Which orders become customers: each row of the design's table "What becomes of an order"."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from magento_sync.db import customers
from magento_sync.runs import leases
from tests.support.explaining import explained
from tests.support.leases import BOUGHT, DEADLINE_SECONDS, LATER, hold, order, someone_waits, store_page, until

if TYPE_CHECKING:
    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.customer_rows import Candidate
    from tests.support.app import App

    Rows = Connection[dict[str, Any]]

DROP_INDEX = 'DROP INDEX "Customer_websiteId_email_key"'

imported, duplicate, repeat, no_email, failed = "imported", "duplicate", "repeat_purchase", "no_email", "failed"

# orders of one page, and their outcomes with and without the unique index
PAGES: dict[str, tuple[list[Candidate], list[str], list[str]]] = {
    "new": ([order(1)], [imported], [imported]),
    "without an e-mail": ([order(1, "")], [no_email], [no_email]),
    "known, same date": ([order(1, "known@example.com")], [duplicate], [duplicate]),
    "known, other date": ([order(1, "known@example.com", LATER)], [repeat], [imported]),
    "known, no date": ([order(1, "known@example.com", None)], [repeat], [imported]),
    "known in another case": ([order(1, "KNOWN@Example.com")], [duplicate], [duplicate]),
    "known in another case, other date": ([order(1, "KNOWN@Example.com", LATER)], [repeat], [imported]),
    "undated, no date": ([order(1, "undated@example.com", None)], [duplicate], [duplicate]),
    "undated, dated": ([order(1, "undated@example.com")], [repeat], [imported]),
    "twice in a page": ([order(1, "a@b.nl"), order(2, "a@b.nl")], [imported, duplicate], [imported, duplicate]),
    "twice, other dates": ([order(1, "a@b.nl"), order(2, "A@b.nl", LATER)], [imported, repeat], [imported, imported]),
    "twice, no dates": (
        [order(1, "a@b.nl", None), order(2, "a@B.nl", None)],
        [imported, duplicate],
        [imported, duplicate],
    ),
    "thrice": (
        [order(1, "a@b.nl"), order(2, "a@b.nl", LATER), order(3, "a@b.nl", LATER)],
        [imported, repeat, repeat],
        [imported, imported, duplicate],
    ),
    "in id order, however the page is sorted": (
        [order(2, "a@b.nl", LATER), order(1, "a@b.nl")],
        [repeat, imported],
        [imported, imported],
    ),
}


@pytest.fixture
def website(app: App) -> str:
    website = app.add_website()
    app.add_customer(website, "known@example.com", BOUGHT, status="SENT")
    app.add_customer(website, "undated@example.com", None)
    other = app.add_website("other.example")
    app.add_customer(other, "customer1@example.com", BOUGHT)
    return website


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_every_order_gets_the_outcome_of_the_designs_table(
    database: Database, app: App, rows: Rows, *, index: bool
) -> None:
    if not index:
        rows.execute(DROP_INDEX)
    for name, (orders, with_index, without_index) in PAGES.items():
        website = app.add_website()
        app.add_customer(website, "known@example.com", BOUGHT, status="SENT")
        app.add_customer(website, "undated@example.com", None)
        expected = dict(zip([one.order_id for one in orders], with_index if index else without_index, strict=True))

        store_page(database, hold(database, website), *orders)

        assert app.ledger(website) == expected, name
        new = [row for row in app.customers(website) if row["name"] != "By the app"]
        assert len(new) == list(expected.values()).count(imported), name
        assert {row["status"] for row in new} <= {"PENDING"}, name
        sent = [row for row in app.customers(website) if row["status"] == "SENT"]
        assert [row["email"] for row in sent] == ["known@example.com"], name


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_an_email_of_an_earlier_page_is_a_duplicate_or_a_repeat_purchase(
    database: Database, app: App, rows: Rows, *, index: bool
) -> None:
    if not index:
        rows.execute(DROP_INDEX)
    website = app.add_website()
    lease = hold(database, website)

    store_page(database, lease, order(1, "a@b.nl"))
    store_page(database, lease, order(2, "A@B.nl", LATER))
    store_page(database, lease, order(3, "a@b.nl"))

    assert app.ledger(website) == {1: imported, 2: repeat if index else imported, 3: duplicate}


def test_a_partial_or_wider_unique_index_does_not_count_as_one_email_per_website(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute(DROP_INDEX)
    rows.execute("""CREATE UNIQUE INDEX ON "Customer" ("websiteId", "email") WHERE "status" = 'FAILED'""")
    rows.execute('CREATE UNIQUE INDEX ON "Customer" ("websiteId", "email", "purchaseDate")')

    store_page(database, hold(database, website), order(1, "a@b.nl"), order(2, "a@b.nl", LATER))

    assert app.ledger(website) == {1: imported, 2: imported}


def test_an_invalid_unique_index_does_not_count_as_one_email_per_website(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute(DROP_INDEX)
    for bought in (BOUGHT, LATER):
        app.add_customer(website, "twice@example.com", bought)
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows.execute('CREATE UNIQUE INDEX CONCURRENTLY ON "Customer" ("websiteId", "email")')

    store_page(database, hold(database, website), order(1, "a@b.nl"), order(2, "A@b.nl", LATER))

    assert app.ledger(website) == {1: imported, 2: imported}


def test_a_unique_index_in_another_schema_does_not_count(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute(DROP_INDEX)
    rows.execute('CREATE SCHEMA other CREATE TABLE "Customer" ("websiteId" text, "email" text)')
    rows.execute('CREATE UNIQUE INDEX ON other."Customer" ("websiteId", "email")')

    store_page(database, hold(database, website), order(1, "a@b.nl"), order(2, "a@b.nl", LATER))

    assert app.ledger(website) == {1: imported, 2: imported}


def test_an_email_rejected_by_a_case_insensitive_unique_index_is_a_repeat_purchase(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute(DROP_INDEX)
    rows.execute('CREATE UNIQUE INDEX ON "Customer" ("websiteId", lower("email"))')

    store_page(
        database, hold(database, website), order(1, "a@b.nl"), order(2, "A@b.nl", LATER), order(3, "a@b.nl", LATER)
    )

    assert app.ledger(website) == {1: imported, 2: repeat, 3: repeat}
    assert app.emails(website) == ["a@b.nl", "known@example.com", "undated@example.com"]


def test_an_order_whose_email_another_website_blocks_is_quarantined(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute('CREATE UNIQUE INDEX ON "Customer" ("email")')

    store_page(database, hold(database, website), order(1), order(2))

    assert app.ledger(website) == {1: failed, 2: imported}


def test_a_deleted_customer_does_not_come_back(database: Database, app: App, rows: Rows, website: str) -> None:
    lease = hold(database, website)
    store_page(database, lease, order(1), order(2))
    rows.execute('DELETE FROM "Customer" WHERE "email" = %s AND "websiteId" = %s', ["customer1@example.com", website])

    store_page(database, lease, order(1), order(2), order(3))

    assert "customer1@example.com" not in app.emails(website)
    run = app.run(lease.run.id)
    assert (run["ordersFetched"], run["importedCustomers"], run["duplicates"]) == (5, 3, 0)


def test_a_customer_that_was_mailed_keeps_its_status(database: Database, app: App, rows: Rows, website: str) -> None:
    lease = hold(database, website)
    store_page(database, lease, order(1))
    rows.execute("""UPDATE "Customer" SET "status" = 'SENT' WHERE "websiteId" = %s""", [website])
    before = app.customers(website)

    store_page(database, lease, order(1), order(2, "customer1@example.com", LATER), order(3, "CUSTOMER1@example.com"))

    assert app.customers(website) == before


def test_an_email_that_the_app_inserts_at_the_same_moment_is_a_duplicate(
    database: Database, app: App, database_url: str, website: str
) -> None:
    """The app commits its row after we have compared the e-mails, while our insert waits for it."""
    lease = hold(database, website)
    page = [order(1, "race@example.com"), order(2, "race@example.com", LATER), order(3)]
    with psycopg.connect(database_url) as apps:
        apps.execute(
            """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "purchaseDate", "updatedAt")
            VALUES ('race', %s, 'By the app', 'race@example.com', %s, now())""",
            [website, BOUGHT],
        )
        taking = threading.Thread(target=store_page, args=[database, lease, *page])
        taking.start()
        until(lambda: someone_waits(app))
        apps.commit()
        taking.join(DEADLINE_SECONDS)

    assert app.ledger(website) == {1: duplicate, 2: repeat, 3: imported}
    assert app.emails(website).count("race@example.com") == 1


def test_the_app_can_insert_customers_while_a_page_is_stored(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    lease = hold(database, website)
    rows.execute("SET lock_timeout = '2s'")

    def step(transaction: Transaction) -> None:
        leases.verify_fence(transaction, lease)
        app.add_customer(website, "meanwhile@example.com")

    database.run(step)

    assert "meanwhile@example.com" in app.emails(website)


def test_a_value_that_the_database_refuses_quarantines_only_its_order(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute('ALTER TABLE "Customer" ALTER "name" TYPE varchar(20)')
    lease = hold(database, website)
    page = [
        order(1),
        order(2, name="x" * 21),
        order(3, "nul\x00@example.com"),
        order(4, "customer1@example.com", LATER),
        order(5, "half\ud800@example.com"),
        order(6, f"{secrets.token_hex(6000)}@example.com"),
        order(7),
    ]

    store_page(database, lease, *page, faults={8: "UNUSABLE_DATE"})

    assert app.ledger(website) == {
        1: imported,
        2: failed,
        3: failed,
        4: repeat,
        5: failed,
        6: failed,
        7: imported,
        8: failed,
    }
    reasons = rows.execute('SELECT "orderId" AS id, "reasonCode" AS code FROM "MagentoSyncOrder"').fetchall()
    assert {row["id"]: row["code"] for row in reasons if row["code"]} == {
        **dict.fromkeys((2, 3, 5, 6), "VALUE_REFUSED"),
        8: "UNUSABLE_DATE",
    }
    assert app.website(website)["magentoLastEntityId"] == 8
    assert app.run(lease.run.id)["failedOrders"] == 5


def test_rows_stored_one_at_a_time_are_stored_in_id_order(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute('ALTER TABLE "Customer" ALTER "name" TYPE varchar(20)')
    page = [order(3, name="x" * 21), order(2, "a@b.nl", LATER), order(1, "a@b.nl")]

    store_page(database, hold(database, website), *page)

    assert app.ledger(website) == {1: imported, 2: repeat, 3: failed}


def test_a_quarantined_order_becomes_a_customer_once_the_database_accepts_it(
    database: Database, app: App, rows: Rows, website: str
) -> None:
    rows.execute('ALTER TABLE "Customer" ALTER "name" TYPE varchar(20)')
    lease = hold(database, website)
    store_page(database, lease, order(2, name="x" * 21))
    rows.execute('ALTER TABLE "Customer" ALTER "name" TYPE text')

    store_page(database, lease, order(2, name="x" * 21))

    assert app.ledger(website) == {2: imported}
    entry = rows.execute('SELECT * FROM "MagentoSyncOrder"').fetchone()
    assert entry is not None
    assert (entry["attempts"], entry["nextAttemptAt"], entry["reasonCode"]) == (2, None, None)


def test_a_status_column_of_type_text_works(database: Database, app: App, rows: Rows, website: str) -> None:
    rows.execute(
        'ALTER TABLE "Customer" ALTER "status" DROP DEFAULT, ALTER "status" TYPE text USING "status"::text',
    )

    store_page(database, hold(database, website), order(1))

    assert [row["status"] for row in app.customers(website)] == ["SENT", "PENDING", "PENDING"]


def test_the_customers_of_a_page_are_looked_up_by_the_index_in_a_website_with_10_000(
    database: Database, app: App
) -> None:
    website = app.add_website()
    app.rows.execute(
        """
        INSERT INTO "Customer" ("id", "websiteId", "name", "email", "updatedAt")
        SELECT n::text, %s, 'Jan', 'customer' || n || '@example.org', now() FROM generate_series(1, 10000) AS n
        """,
        [website],
    )
    app.rows.execute('ANALYZE "Customer"')

    plan = explained(
        database, lambda transaction: customers.store(transaction, website, [order(n) for n in range(1, 301)])
    )

    assert 'Index Scan using "Customer_websiteId_lower_email' in plan
    assert 'Seq Scan on "Customer"' not in plan
