"""Races a page's transaction with a cancellation, a change by the app, and recovery, many times."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from magento_sync.api import customer_entry
from magento_sync.errors import FenceLost
from magento_sync.runs import cancel, leases, recovery
from magento_sync.sync import page_storage
from magento_sync.sync.conversion import ConvertedPage
from tests.support.leases import BOUGHT, LATER, hold, store_page
from tests.support.races import EMAILS, ORDERS, ROUNDS, holder, in_transaction, is_whole

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.runs.leases import Lease
    from tests.support.app import App
    from tests.support.races import Racers


def test_a_cancellation_during_a_page_or_the_finish_loses_no_order(
    app: App, database: Database, racers: Racers
) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)

        status, _ = racers.race(partial(_page_and_end, lease), in_transaction(cancel.cancel_run, run_id=lease.run.id))

        assert status in {"COMPLETED", "STOPPED"}
        assert is_whole(app, website)
        assert holder(app, website) is None


def _nothing_new(database: Database, lease: Lease) -> Website:
    """Returns the website as the run sees it after an empty page."""
    return database.run(page_storage.store_page, lease, ConvertedPage([], {}), expected=0).website


def _page_and_end(lease: Lease, database: Database) -> str:
    store_page(database, lease, *ORDERS)
    website = _nothing_new(database, lease)
    return database.run(leases.finish, lease, "COMPLETED" if website.wanted else "STOPPED", 300).status


def test_auto_upload_switched_off_during_a_page_stops_the_run_after_it(
    app: App, database: Database, racers: Racers, database_url: str
) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)
        off = """UPDATE "Website" SET "magentoAutoUploadEnabled" = false WHERE "id" = %s"""

        racers.race(lambda other: store_page(other, lease, *ORDERS), lambda _: _as_the_app(database_url, off, website))  # noqa: B023

        assert is_whole(app, website)
        assert not app.website(website)["magentoAutoUploadEnabled"]
        assert not _nothing_new(database, lease).wanted


def _as_the_app(url: str, *query_and_values: Any) -> bool:  # noqa: ANN401
    """Executes a statement as the app does; returns False if the database refuses it."""
    query, *values = query_and_values
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute(query.encode(), values)
        except psycopg.IntegrityError:
            return False
    return True


def test_a_website_deleted_during_a_page_leaves_no_rows(
    app: App, database: Database, racers: Racers, database_url: str
) -> None:
    def delete(website: str) -> bool:
        _as_the_app(database_url, 'DELETE FROM "Customer" WHERE "websiteId" = %s', website)
        return _as_the_app(database_url, 'DELETE FROM "Website" WHERE "id" = %s', website)

    for _ in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)

        stored, deleted = racers.race(lambda other: store_page(other, lease, *ORDERS), lambda _: delete(website))  # noqa: B023

        assert isinstance(stored, FenceLost) or not deleted or app.emails(website) == []
        assert deleted or is_whole(app, website)
        assert delete(website)
        assert (app.runs(website), app.ledger(website)) == ([], {})
        with pytest.raises(FenceLost):
            store_page(database, lease, *ORDERS)


def test_an_insert_by_the_app_during_a_page_causes_no_duplicate_customer(
    app: App, database: Database, racers: Racers, database_url: str
) -> None:
    insert = """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "purchaseDate", "updatedAt")
        VALUES (gen_random_uuid(), %s, 'By the app', %s, %s, now())"""
    for number in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)
        email, bought = EMAILS[number % 4], (BOUGHT, LATER, None)[number % 3]

        _, inserted = racers.race(
            lambda other: store_page(other, lease, *ORDERS),  # noqa: B023
            lambda _: _as_the_app(database_url, insert, website, email, bought),  # noqa: B023
        )

        assert app.emails(website) == EMAILS
        outcomes = Counter(app.ledger(website).values())
        assert outcomes["imported"] == len(EMAILS) - inserted
        assert outcomes["failed"] == 0


def test_customers_entered_during_a_page_are_stored_once(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)
        by_hand = [customer_entry.entry_candidate(email.upper(), "By hand", None, None) for email in EMAILS]

        racers.race(
            lambda other: store_page(other, lease, *ORDERS),  # noqa: B023
            *[
                in_transaction(customer_entry.store_entry, website_id=website, entry=one)
                for one in by_hand + by_hand[:2]
            ],
        )

        assert sorted(email.lower() for email in app.emails(website)) == EMAILS


def test_a_slow_page_is_stored_or_its_run_is_recovered_never_both(app: App, database: Database, racers: Racers) -> None:
    for _ in range(ROUNDS):
        website = app.add_website()
        lease = hold(database, website)
        app.age(lease.run.id, 31)

        stored, *_ = racers.race(
            lambda other: store_page(other, lease, *ORDERS),  # noqa: B023
            *[lambda other: list(recovery.recover_stalled_runs(other))] * 2,
        )

        lost = isinstance(stored, FenceLost)
        assert is_whole(app, website) != lost
        assert app.run(lease.run.id)["status"] == ("ABANDONED" if lost else "RUNNING")
        assert holder(app, website) == (None if lost else lease.run.id)
        assert app.website(website)["magentoAutoUploadStatus"] == ("ERROR" if lost else "RUNNING")
