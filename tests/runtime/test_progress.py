"""What `make run` shows of a website's runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from local.demo.display import progress_table
from local.demo.progress import Progress, watch
from local.demo.report import report
from local.demo.websites import SyncedWebsite, newest_finished_run, put_website
from magento_sync.db import run_history
from magento_sync.db.run_record import Counts
from magento_sync.runs.claims import claim_website, shop_host

if TYPE_CHECKING:
    from pathlib import Path

    from magento_sync.db.connection.database import Database
    from magento_sync.db.run_record import Run
    from tests.support.app import App


@pytest.fixture
def website(app: App) -> SyncedWebsite:
    return SyncedWebsite(app.add_website("mokken.example"), "mokken.example")


def new_run(  # noqa: PLR0913 - by keyword where it matters
    database: Database, app: App, website: SyncedWebsite, status: str, *, read: int, minutes: int
) -> str:
    """Adds a run that was queued so many minutes ago; returns its id."""
    run_id = database.run(claim_website, website.id, trigger="schedule").run_id
    app.rows.execute(
        """UPDATE "MagentoSyncRun" SET "status" = %s, "ordersFetched" = %s, "importedCustomers" = %s,
        "expectedOrders" = %s, "method" = 'discovery' WHERE "id" = %s""",
        [status, read, read, read, run_id],
    )
    app.age(run_id, minutes)
    app.change_website(website.id, magentoAutoUploadStatus="STOPPED")
    return run_id


def shown(runs: list[Run], website: SyncedWebsite, database: Database, *, width: int = 120) -> str:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(progress_table([Progress(website, runs)]))
        report(console, database, [Progress(website, runs)], 1.0)
    return capture.get()


def test_a_run_that_is_resumed_after_an_interruption_counts_before_the_schedule_s_next_run(
    database: Database, app: App, website: SyncedWebsite, tmp_path: Path
) -> None:
    finished = new_run(database, app, website, "COMPLETED", read=7, minutes=30)
    new_run(database, app, website, "RUNNING", read=40, minutes=20)
    begun = replace(website, previous_run=database.run(newest_finished_run, website))
    app.rows.execute("""UPDATE "MagentoSyncRun" SET "status" = 'COMPLETED'""")
    new_run(database, app, website, "COMPLETED", read=0, minutes=0)

    (progress,) = list(watch(database, [begun], list, tmp_path))[-1]

    assert begun.previous_run == finished
    assert (progress.counts.orders_fetched, progress.counts.imported, progress.expected) == (40, 40, 40)
    text = shown(list(progress.runs), website, database)
    assert "nothing new" not in text
    assert "40/40" in text
    assert "40 orders read, 40 new customers" in text


def test_an_interrupted_run_keeps_its_place_when_the_shop_has_a_new_address(
    database: Database, app: App, website: SyncedWebsite
) -> None:
    """Each `make run` has new ports."""
    database.run(put_website, website, "http://127.0.0.1:1001")
    interrupted = database.run(claim_website, website.id, trigger="schedule").run_id

    database.run(put_website, website, "http://127.0.0.1:1002")

    (run,) = app.runs(website.id)
    assert (run["id"], run["shop"]) == (interrupted, shop_host("http://127.0.0.1:1002"))


def test_a_website_that_is_being_read_shows_its_speed_and_the_time_left(
    database: Database, app: App, website: SyncedWebsite
) -> None:
    run_id = new_run(database, app, website, "RUNNING", read=300, minutes=0)
    app.rows.execute(
        """UPDATE "MagentoSyncRun" SET "expectedOrders" = 900,
        "startedAt" = now() AT TIME ZONE 'UTC' - interval '60 seconds' WHERE "id" = %s""",
        [run_id],
    )
    run = next(iter(database.run(run_history.page, website.id, limit=1)[0]))

    assert re.search("reading, [45]/s, 1[12][0-9] s left", shown([run], website, database))


@pytest.mark.parametrize("code", ["BEARER_REFUSED", "PASSWORD_NOT_CHANGED"])
def test_the_table_cuts_nothing_off_in_a_terminal_of_80_columns(
    database: Database, app: App, website: SyncedWebsite, code: str
) -> None:
    new_run(database, app, website, "FAILED", read=4960, minutes=0)
    app.rows.execute("""UPDATE "MagentoSyncRun" SET "errorCode" = %s""", [code])
    run = next(iter(database.run(run_history.page, website.id, limit=1)[0]))

    text = shown([run], website, database, width=80)

    assert "…" not in text
    assert {"customers", "4960/4960", code} <= set(text.split())


def test_without_an_order_there_is_no_table_of_outcomes(
    database: Database, app: App, website: SyncedWebsite, tmp_path: Path
) -> None:
    new_run(database, app, website, "COMPLETED", read=0, minutes=0)
    (progress,) = list(watch(database, [website], list, tmp_path))[-1]

    assert "by outcome" not in shown(list(progress.runs), website, database)


def test_a_run_without_orders_is_nothing_new(
    database: Database, app: App, website: SyncedWebsite, tmp_path: Path
) -> None:
    new_run(database, app, website, "COMPLETED", read=0, minutes=0)
    (progress,) = list(watch(database, [website], list, tmp_path))[-1]

    assert "nothing new" in shown(list(progress.runs), website, database)


def test_the_outcomes_add_up_to_the_orders_that_were_read(
    database: Database, app: App, website: SyncedWebsite, tmp_path: Path
) -> None:
    """Whatever the ledger still holds."""
    new_run(database, app, website, "COMPLETED", read=0, minutes=0)
    (progress,) = list(watch(database, [website], list, tmp_path))[-1]
    run = replace(progress.runs[0], counts=Counts(100, 40, 10, 5, 3, 2))

    figures = shown([run], website, database).splitlines()

    assert any(line.split() == ["mokken.example", "40", "10", "5", "3", "2", "40"] for line in figures)
