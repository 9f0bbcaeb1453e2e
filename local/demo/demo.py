"""`make run`: three local shops, seven websites, one tick of the schedule."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from local.demo.display import show
from local.demo.next_steps import show_next_steps
from local.demo.progress import watch
from local.demo.report import report
from local.demo.shops import SHOPS
from local.demo.state_folder import locked
from local.demo.tables import database_at, prepare_tables
from local.demo.websites import (
    demo_websites,
    interrupted_run,
    make_due,
    newest_finished_run,
    put_website,
)
from local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from local.demo.websites import SyncedWebsite
    from magento_sync.db.connection.database import Database

# Small pages make the progress visible.
TABLE_NAMES = {"TableNames": os.environ.get("TABLE_NAMES", "")}
PARAMETERS = {"AllowInsecureShops": "true", "PageSize": "5", **TABLE_NAMES}
RETRY_DELAYS = (1.0, 2.0)


def run_demo(console: Console, state: Path) -> int:
    """Runs the demo and returns the exit code.

    Raises:
        LocalStackError: This machine, the state folder or a function prevents it.
        OperatorError: The migration failed.
    """
    console.print("magento-sync on this machine, without Docker or an AWS account", style="bold")
    for shop in SHOPS:
        console.print(f"  shop {shop.name}: {shop.description}")
    with ExitStack() as running:
        running.enter_context(locked(state))
        console.print("Starting PostgreSQL, SSM, Lambda, the HTTP API and the shops…", style="dim")
        stack = running.enter_context(Stack(state, parameters=PARAMETERS, retry_delays=RETRY_DELAYS))
        prepare_tables(stack.database_url)
        database = running.enter_context(database_at(stack.database_url))
        websites = _prepare(running, stack, database)
        started = time.monotonic()
        stack.fire_schedule()
        last = show(console, watch(database, websites, stack.failed_events, state / "logs"))
        report(console, database, last, time.monotonic() - started)
        show_next_steps(console, stack, websites[0], state)
        return int(any(progress.error_code and not progress.website.meant_to_fail for progress in last))


def put_credentials(stack: Stack, website: SyncedWebsite, credentials: str) -> None:
    """Writes a website's credentials to SSM."""
    prefix = stack.template.function("site_sync").environment["CREDENTIALS_PREFIX"]
    stack.put_parameter(f"{prefix}/{website.id}", credentials)


def resume(stack: Stack, website: SyncedWebsite, run_id: str) -> None:
    """Invokes the function again for a run that an interrupted `make run` has left unfinished."""
    stack.invoke_async("site_sync", {"websiteId": website.id, "runId": run_id, "trigger": "schedule"})


def _prepare(running: ExitStack, stack: Stack, database: Database) -> Sequence[SyncedWebsite]:
    """Starts the shops, updates the websites and makes them due."""
    websites = demo_websites()
    for shop in SHOPS:
        readers = [website for website in websites if website.shop is shop]
        address = running.enter_context(shop.serving())
        for website in readers:
            database.run(put_website, website, address)
            database.run(make_due, website)
            put_credentials(stack, website, json.dumps(shop.credentials))
    synced = [replace(website, previous_run=database.run(newest_finished_run, website)) for website in websites]
    for website in synced:
        run_id = database.run(interrupted_run, website)
        if run_id:
            resume(stack, website, run_id)
    return synced
