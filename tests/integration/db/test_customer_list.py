"""The list of customers: its pages skip and repeat no row, whatever is inserted in the meantime."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.db import customer_list
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.customer_list import CustomerPosition, Selection
from tests.support.explaining import explained

if TYPE_CHECKING:
    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from magento_sync.db.customer_list import Customer
    from tests.support.app import App

    Rows = Connection[dict[str, Any]]

ALL = Selection(None)
SEED = 20261124


def add(rows: Rows, website: str, created: str, *names: str, **columns: str | None) -> None:
    """Adds customers that were created at one time, as a page of orders makes them."""
    values = {"productName": None, "purchaseDate": None, "status": "PENDING", **columns}
    for name in names:
        rows.execute(
            """INSERT INTO "Customer"
            ("id", "websiteId", "name", "email", "createdAt", "updatedAt", "productName", "purchaseDate", "status")
            VALUES (%s, %s, %s, %s, %s, now(), %s, %s, %s::text::"EmailStatus")""",
            [f"c-{name}", website, name, f"{name}@example.com", created, *values.values()],
        )


def look(database: Database, selection: Selection = ALL, **page: Any) -> tuple[list[Customer], CustomerPosition | None]:  # noqa: ANN401
    return database.run(customer_list.page, selection, **{"limit": 100, **page})


def names(database: Database, selection: Selection) -> list[str]:
    return [one.name for one in look(database, selection)[0]]


def walk(database: Database, limit: int, between: Any = None) -> list[str]:  # noqa: ANN401 - a function or nothing
    """Returns the names of all pages in order."""
    seen: list[str] = []
    place: CustomerPosition | None = None
    while True:
        page, place = look(database, limit=limit, after=place)
        assert len(page) <= limit
        seen += [one.name for one in page]
        if place is None:
            return seen
        if between:
            between()


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_join_to_the_whole_list_even_if_many_rows_share_a_time(
    database: Database, app: App, rows: Rows, limit: int
) -> None:
    website = app.add_website()
    shuffled = [f"n{number:02}" for number in range(20)]
    random.Random(SEED).shuffle(shuffled)  # noqa: S311
    add(rows, website, "2026-01-01 10:00:00.001", *shuffled[:9])
    add(rows, website, "2026-01-01 10:00:00.002", *shuffled[9:])

    assert walk(database, limit) == sorted(shuffled[9:], reverse=True) + sorted(shuffled[:9], reverse=True)


@pytest.mark.parametrize("same_time", [False, True], ids=["newer", "at the newest's time"])
def test_rows_added_between_pages_shift_no_other_row(
    database: Database, app: App, rows: Rows, *, same_time: bool
) -> None:
    website = app.add_website()
    there = [f"m{number:02}" for number in range(12)]
    add(rows, website, "2026-01-01 10:00:00.500", *there)
    numbers = iter(range(100))

    def another() -> None:
        add(rows, website, f"2026-01-01 10:00:00.{500 if same_time else 501}", f"z{next(numbers)}")

    seen = walk(database, 5, between=another)

    assert seen == sorted(there, reverse=True)


def test_a_column_with_microseconds_skips_and_repeats_no_row(database: Database, app: App, rows: Rows) -> None:
    """Several times are within one of JavaScript's milliseconds, and one would be moved by rounding."""
    rows.execute('ALTER TABLE "Customer" ALTER "createdAt" TYPE timestamp(6)')
    website = app.add_website()
    for micro in (345_000, 345_001, 345_499, 345_500, 345_999, 999_999):
        add(rows, website, f"2026-01-01 10:00:00.{micro:06}", f"at{micro}", f"also{micro}")

    seen = walk(database, 1)

    assert len(seen) == len(set(seen)) == 12
    assert seen[0] == "at999999"
    assert look(database, limit=1)[0][0].created_at == "2026-01-01T10:00:00.999Z"


def test_the_last_page_returns_no_position(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    add(rows, website, "2026-01-01", "a", "b")

    assert look(database, limit=2)[1] is None
    assert look(database, limit=1)[1] == CustomerPosition("2026-01-01T00:00:00.000000", "c-b")
    assert look(database, after=CustomerPosition("0001-01-01T00:00:00.000000", "")) == ([], None)


def test_each_filter_returns_only_matching_customers(database: Database, app: App, rows: Rows) -> None:
    first, second = app.add_website(), app.add_website("other.example")
    add(rows, first, "2026-01-02", "anna", status="SENT")
    add(rows, first, "2026-01-01", "bert")
    add(rows, second, "2026-01-03", "anna-b")

    assert names(database, ALL) == ["anna-b", "anna", "bert"]
    assert names(database, Selection([first])) == ["anna", "bert"]
    assert names(database, Selection([first, second])) == ["anna-b", "anna", "bert"]
    assert names(database, Selection([])) == []
    assert names(database, Selection(None, status="SENT")) == ["anna"]
    assert names(database, Selection(None, text="NNA")) == ["anna-b", "anna"]
    assert names(database, Selection([second], text="NNA@")) == []
    assert names(database, Selection([first], "SENT", "example.COM")) == ["anna"]


@pytest.mark.parametrize("wanted", ["100%", "a_b", "back\\slash", "'; DROP TABLE x; --", "é", "\\%", "😀"])
def test_a_search_treats_every_character_literally(database: Database, app: App, rows: Rows, wanted: str) -> None:
    website = app.add_website()
    add(rows, website, "2026-01-01", f"x{wanted}x", "1000", "acb", "backslash", "e", "%", "plain")

    assert names(database, Selection(None, text=wanted)) == [f"x{wanted}x"]


def test_a_customer_has_all_fields_and_times_in_utc(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    rows.execute("ALTER ROLE CURRENT_USER SET timezone = 'Asia/Kolkata'")
    add(rows, website, "2026-01-01 10:00:00.5", "a", purchaseDate="2025-12-31 23:59:59.999", productName="Mok")
    rows.execute("ALTER ROLE CURRENT_USER RESET timezone")

    [customer], _ = look(database)

    assert customer == customer_list.Customer(
        id="c-a",
        website_id=website,
        name="a",
        email="a@example.com",
        product_name="Mok",
        purchase_date="2025-12-31T23:59:59.999Z",
        status="PENDING",
        last_contact=None,
        created_at="2026-01-01T10:00:00.500Z",
    )


def test_a_date_outside_pythons_range_hides_no_customer(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    add(rows, website, "2026-01-01", "typo", purchaseDate="20251-05-01")

    assert look(database)[0][0].purchase_date == "20251-05-01T00:00:00.000Z"


def test_the_statuses_come_from_the_apps_enum(database: Database, rows: Rows) -> None:
    def statuses() -> frozenset[str]:
        return database.run(customer_list.statuses)

    assert statuses() == {"PENDING", "SENT", "FAILED"}
    rows.execute("""ALTER TYPE "EmailStatus" ADD VALUE 'BOUNCED'""")
    assert statuses() == {"PENDING", "SENT", "FAILED", "BOUNCED"}
    rows.execute('ALTER TABLE "Customer" ALTER "status" DROP DEFAULT, ALTER "status" TYPE text')
    assert statuses() == set()


def test_the_statuses_come_from_the_table_in_the_urls_schema(database: Database, rows: Rows) -> None:
    rows.execute("""CREATE SCHEMA "an Other"; CREATE TYPE "an Other"."EmailStatus" AS ENUM ('QUEUED');
        CREATE TABLE "an Other"."Customer" ("status" "an Other"."EmailStatus")""")

    def statuses(schema: str | None) -> frozenset[str]:
        return database.run(lambda transaction: customer_list.statuses(Transaction(transaction.connection, schema)))

    assert statuses(None) == statuses("public") == {"PENDING", "SENT", "FAILED"}
    assert statuses("an Other") == {"QUEUED"}


def _plan(database: Database, selection: Selection, after: CustomerPosition | None = None) -> str:
    return explained(database, lambda transaction: customer_list.page(transaction, selection, limit=100, after=after))


def test_an_index_on_website_and_time_returns_pages_without_sorting(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    rows.execute(
        """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "updatedAt", "createdAt")
        SELECT 'c' || n, %s, 'x', n || '@example.com', now(), now() - make_interval(secs => n)
        FROM generate_series(1, 20000) AS n""",
        [website],
    )
    rows.execute('ANALYZE "Customer"')

    for after in (None, CustomerPosition("2126-01-01", "c")):
        plan = _plan(database, Selection([website]), after)
        assert "Index Scan Backward" in plan
        assert "Sort" not in plan


def test_a_page_of_one_website_reads_no_rows_of_other_websites(database: Database, app: App, rows: Rows) -> None:
    small, large = app.add_website(), app.add_website("large.example")
    rows.execute(
        """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "updatedAt")
        SELECT 'c' || n, CASE WHEN n %% 200 = 0 THEN %s ELSE %s END, 'x', n || '@example.com', now()
        FROM generate_series(1, 20000) AS n""",
        [small, large],
    )
    rows.execute('ANALYZE "Customer"')

    plan = _plan(database, Selection([small], "PENDING", "x"), CustomerPosition("2026-01-01", "c"))

    assert "Index" in plan
    assert "Seq Scan" not in plan
