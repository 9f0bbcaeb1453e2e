"""Databases in encodings and locales in which PostgreSQL does not know the letters beyond ASCII."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import dict_row

from magento_sync.api.customer_entry import store_entry
from magento_sync.db import customers
from magento_sync.db.cuid import new_cuid
from magento_sync.errors import ShopUnavailable
from magento_sync.runs import leases
from ops.migrate import migrate
from tests.support.app import App, make_app_tables
from tests.support.leases import BOUGHT, LATER, another, hold, order, store_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.postgres.server import PostgresServer
    from magento_sync.db.connection.database import Database

KINDS = {
    "UTF-8 in the C locale": "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
    "UTF-8 in a UTF-8 locale": "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
    "SQL_ASCII": "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
}


@contextmanager
def made(postgres: PostgresServer, kind: str) -> Iterator[tuple[App, Database]]:
    name = f"e_{new_cuid()}"
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0 {KINDS[kind]}'.encode())
    url = postgres.url(name)
    make_app_tables(url)
    migrate(url)
    with (
        psycopg.connect(url, autocommit=True, row_factory=dict_row, client_encoding="utf8") as rows,
        another(url) as database,
    ):
        yield App(rows), database
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture(scope="module", params=KINDS)
def place(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[tuple[App, Database]]:
    with made(postgres, request.param) as place:
        yield place


def test_texts_beyond_ascii_are_stored_and_read(place: tuple[App, Database]) -> None:
    app, database = place
    website = app.add_website("lädchen.example")
    lease = hold(database, website)

    store_page(database, lease, order(1, "zoë@example.com", name="Zoë Ångström 😀"))
    database.run(
        leases.fail, lease, ShopUnavailable("SHOP_ERROR", {"status": 500, "answer": "Fout bij één aanvraag 😀"})
    )

    assert lease.website.domain == "lädchen.example"
    assert [(row["email"], row["name"]) for row in app.customers(website)] == [("zoë@example.com", "Zoë Ångström 😀")]
    assert app.run(lease.run.id)["errorParameters"] == {"status": 500, "answer": "Fout bij één aanvraag 😀"}


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_emails_that_differ_in_the_case_of_letters_beyond_ascii_are_one_person(
    place: tuple[App, Database], *, index: bool
) -> None:
    app, database = place
    if not index:
        app.rows.execute('DROP INDEX "Customer_websiteId_email_key"')
    website = app.add_website()
    app.add_customer(website, "ZOË@Example.com", BOUGHT)
    app.add_customer(website, "renée@example.com", BOUGHT)
    lease = hold(database, website)

    store_page(
        database,
        lease,
        order(1, "zoë@example.com"),
        order(2, "Zoë@example.com", LATER),
        order(3, "RENÉE@example.com"),
        order(4, "ÅSA@example.com"),
        order(5, "åsa@example.com"),
        order(6, "zoe@example.com"),
        order(7, "straße@example.com"),
        order(8, "strasse@example.com"),
    )
    store_page(database, lease, order(9, "Åsa@example.com"), order(10, "ZOE@example.com"))

    other = "repeat_purchase" if index else "imported"
    assert app.ledger(website) == {
        1: "duplicate",
        2: other,
        3: "duplicate",
        4: "imported",
        5: "duplicate",
        6: "imported",
        7: "imported",
        8: "imported",
        9: "duplicate",
        10: "duplicate",
    }
    if not index:
        app.rows.execute('DELETE FROM "Customer"')
        app.rows.execute('CREATE UNIQUE INDEX "Customer_websiteId_email_key" ON "Customer" ("websiteId", "email")')


def test_a_customer_entered_by_hand_is_compared_in_the_same_way(place: tuple[App, Database]) -> None:
    app, database = place
    website = app.add_website()
    known = app.add_customer(website, "ZOË@Example.com", BOUGHT)

    entered = database.run(store_entry, website, order(0, "zoë@example.com"))

    assert (entered.outcome, entered.customer and entered.customer.id) == ("duplicate", known)
    assert database.run(customers.find, website, "zOË@example.com", BOUGHT) == known
