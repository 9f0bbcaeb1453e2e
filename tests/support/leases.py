"""Leases, orders and pages without a shop, for the tests of `runs` and of page storage."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.db import websites
from magento_sync.db.connection.database import Database
from magento_sync.db.customer_rows import Candidate
from magento_sync.db.reading_progress import queue_progress
from magento_sync.runs import claims, leases
from magento_sync.sync import page_storage
from magento_sync.sync.conversion import ConvertedPage
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.reading_progress import ReadingProgress
    from magento_sync.db.run_record import Run
    from magento_sync.runs.leases import Lease
    from magento_sync.settings import Settings
    from tests.support.app import App

BOUGHT = datetime(2026, 5, 4, 12, 30)  # noqa: DTZ001 - UTC, as timestamp(3) holds it
LATER = BOUGHT + timedelta(days=40)
DEADLINE_SECONDS = 20.0


def hold(database: Database, website_id: str) -> Lease:
    """Claims the website and acquires the run."""
    claim = database.run(claims.claim_website, website_id, trigger="manual")
    return database.run(acquire, website_id, claim.run_id, SETTINGS)


def acquire(transaction: Transaction, website_id: str, run_id: str, settings: Settings) -> Lease:
    """Acquires a run, as a sync does."""
    return leases.acquire(transaction, leases.lock_website(transaction, website_id, run_id), run_id, settings)


def order(order_id: int, email: str | None = None, bought: datetime | None = BOUGHT, name: str = "Jan") -> Candidate:
    """Returns a converted order. Its e-mail is made from its id unless given; an empty string means none."""
    mail = f"customer{order_id}@example.com" if email is None else email or None
    return Candidate(order_id, mail, name, "Unknown Product", bought)


def store_page(database: Database, lease: Lease, *orders: Candidate, faults: dict[int, str] | None = None) -> None:
    """Stores a page."""
    database.run(page_storage.store_page, lease, ConvertedPage(orders, faults or {}), expected=len(orders))


@contextmanager
def another(url: str) -> Iterator[Database]:
    """Yields the connection of another execution environment."""

    def source(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
        return url

    database = Database(source)
    try:
        yield database
    finally:
        database.close()


def progress_of(database: Database, website_id: str, run: Run) -> ReadingProgress:
    """Returns what the run knows before it reads."""

    def read(transaction: Transaction) -> ReadingProgress:
        website = websites.find(transaction, website_id)
        assert website is not None
        return queue_progress(transaction, website, SETTINGS.gap_window, run.id)()

    return database.run(read)


def minutes_ago(minutes: float) -> datetime:
    """Returns the time that many minutes ago, in UTC without a zone, as the columns store it."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).replace(tzinfo=None)


def someone_waits(app: App) -> bool:
    """Returns whether a connection to the test's database waits for a lock."""
    row = app.rows.execute(
        "SELECT count(*) AS waiting FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ).fetchone()
    return bool(row and row["waiting"])


def until(true: Callable[[], bool]) -> None:
    """Waits for something that happens elsewhere."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
