"""A customer entered by hand: stored with the rules of an order."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.api.customer_entry import EntryResult, entry_candidate, store_entry
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.field_errors import FieldError
from magento_sync.db.connection.database import Database
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.outcomes import Outcome
from tests.support.leases import BOUGHT, LATER, hold, order, store_page

if TYPE_CHECKING:
    from psycopg import Connection

    from tests.support.app import App

    Rows = Connection[dict[str, Any]]

DROP_INDEX = 'DROP INDEX "Customer_websiteId_email_key"'


def enter(database: Database, website: str, email: str, bought: datetime | None = BOUGHT) -> EntryResult:
    return database.run(
        store_entry, website, entry_candidate(email, None, None, bought.isoformat() if bought else None)
    )


def outcome_of(result: EntryResult) -> tuple[Outcome, str | None]:
    return result.outcome, result.customer.id if result.customer else None


def test_a_new_customer_is_stored_like_one_from_an_order(database: Database, app: App) -> None:
    website = app.add_website()
    result = database.run(
        store_entry,
        website,
        entry_candidate(" Zoë@example.com ", " Zoë \x00 ", " Mok ", "2026-01-01T12:00:00.1239+02:00"),
    )

    [row] = app.customers(website)
    assert outcome_of(result) == (Outcome.IMPORTED, row["id"])
    assert (row["email"], row["name"], row["productName"]) == ("Zoë@example.com", "Zoë", "Mok")
    assert row["purchaseDate"] == datetime(2026, 1, 1, 10, 0, 0, 123_000)  # noqa: DTZ001 - as the database holds it
    assert row["status"] == "PENDING"
    assert app.everything() == "[]"


@pytest.mark.parametrize("written", ["2026-01-01T10:00:00Z", "2026-01-01t10:00:00z", "2026-01-01t12:00:00+02:00"])
def test_a_date_may_have_a_lower_case_t_and_z(written: str) -> None:
    assert entry_candidate("jan@example.com", None, None, written).purchase_date == datetime(2026, 1, 1, 10)  # noqa: DTZ001


def test_an_email_with_invisible_characters_is_the_same_customer(database: Database, app: App) -> None:
    website = app.add_website()

    first = enter(database, website, "\ufeffjan@\u200bexample.com\u00ad")
    second = enter(database, website, "jan@example.com\u2060")

    assert [row["email"] for row in app.customers(website)] == ["jan@example.com"]
    assert outcome_of(first)[0] is Outcome.IMPORTED
    assert outcome_of(second) == (Outcome.DUPLICATE, outcome_of(first)[1])


def test_missing_values_get_the_defaults_of_an_order(database: Database, app: App) -> None:
    website = app.add_website()
    for email in ("jan@example.com", "@example.com"):
        database.run(store_entry, website, entry_candidate(email, "  ", None, None))

    rows = {row["email"]: row for row in app.customers(website)}
    assert rows["jan@example.com"]["name"] == "jan"
    assert rows["@example.com"]["name"] == "Unknown Customer"
    assert {row["productName"] for row in rows.values()} == {"Unknown Product"}
    assert {row["purchaseDate"] for row in rows.values()} == {None}


@pytest.mark.parametrize("email", ["", "  ", "nobody", "a b@example.com", "\x00"])
def test_an_invalid_e_mail_is_not_stored(database: Database, app: App, email: str) -> None:
    website = app.add_website()

    assert outcome_of(enter(database, website, email)) == (Outcome.NO_EMAIL, None)
    assert app.customers(website) == []


def test_an_existing_customer_is_returned_and_not_changed(database: Database, app: App) -> None:
    website = app.add_website()
    existing = app.add_customer(website, "jan@example.com", BOUGHT, status="SENT")
    before = app.customers(website)

    assert outcome_of(enter(database, website, "JAN@example.com")) == (Outcome.DUPLICATE, existing)
    assert outcome_of(enter(database, website, "jan@example.com", LATER)) == (Outcome.REPEAT_PURCHASE, existing)
    assert app.customers(website) == before


def test_without_the_unique_index_another_date_is_another_customer(database: Database, app: App, rows: Rows) -> None:
    rows.execute(DROP_INDEX)
    website = app.add_website()
    existing = app.add_customer(website, "jan@example.com", BOUGHT)

    result = enter(database, website, "jan@example.com", LATER)

    assert result.outcome is Outcome.IMPORTED
    assert {existing, outcome_of(result)[1]} == {row["id"] for row in app.customers(website)}
    assert outcome_of(enter(database, website, "jan@example.com")) == (Outcome.DUPLICATE, existing)
    assert outcome_of(enter(database, website, "jan@example.com", LATER)) == (Outcome.DUPLICATE, outcome_of(result)[1])


def test_another_website_s_customer_is_no_duplicate(database: Database, app: App) -> None:
    website, other = app.add_website(), app.add_website("other.example")
    app.add_customer(other, "jan@example.com", BOUGHT)

    assert enter(database, website, "jan@example.com").outcome is Outcome.IMPORTED


def test_an_unknown_website_is_refused(database: Database) -> None:
    with pytest.raises(ApiError, match="WEBSITE_NOT_FOUND"):
        enter(database, "nobody", "jan@example.com")


def test_an_invalid_date_is_refused() -> None:
    for text in ("", "0000-00-00", "yesterday", "2026-13-01", "0001-01-01T00:00:00+02:00", "9" * 400):
        with pytest.raises(ApiError, match="BAD_REQUEST") as error:
            entry_candidate("jan@example.com", None, None, text)
        assert error.value.field_errors == [FieldError("purchaseDate", "NOT_ALLOWED")]


def test_a_value_that_the_database_refuses_stores_nothing(database: Database, app: App, rows: Rows) -> None:
    rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(16)')
    website = app.add_website()

    assert outcome_of(enter(database, website, "a-long-one@example.com")) == (Outcome.FAILED, None)
    assert app.customers(website) == []


def test_an_order_of_a_customer_entered_by_hand_is_a_duplicate_or_repeat_purchase(database: Database, app: App) -> None:
    website = app.add_website()
    enter(database, website, "jan@example.com")

    store_page(database, hold(database, website), order(1, "Jan@example.com"), order(2, "jan@example.com", LATER))

    assert app.ledger(website) == {1: "duplicate", 2: "repeat_purchase"}
    assert app.emails(website) == ["jan@example.com"]


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
def test_concurrent_entries_of_one_customer_store_one_row(
    database_url: str, app: App, rows: Rows, *, index: bool
) -> None:
    """With and without a unique index, and whatever the case of the e-mail."""
    if not index:
        rows.execute(DROP_INDEX)
    website = app.add_website()
    writers = 8
    together = threading.Barrier(writers)
    results: list[EntryResult] = []

    def write(number: int) -> None:
        database = Database(lambda *, fresh=False: database_url)  # noqa: ARG005 - the form that Database asks for
        database.run(Transaction.execute, "SELECT 1")
        together.wait(10)
        results.append(enter(database, website, "jan@example.com" if number % 2 else "JAN@example.com"))
        database.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    [row] = app.customers(website)
    assert sorted(result.outcome for result in results) == [Outcome.DUPLICATE] * (writers - 1) + [Outcome.IMPORTED]
    assert {outcome_of(result)[1] for result in results} == {row["id"]}
