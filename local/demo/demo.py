"""`make run`: four local shops, eight websites, one tick of the schedule; then orders arrive while it serves."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from local.demo.activity import Activity
from local.demo.display import show
from local.demo.next_steps import show_next_steps
from local.demo.progress import watch
from local.demo.report import report
from local.demo.shops import DAMAGED_ORDER, KLOMPEN, SHOPS, klompen_orders
from local.demo.state_folder import api_port, locked
from local.demo.tables import database_at, prepare_tables
from local.demo.websites import (
    demo_websites,
    interrupted_run,
    make_due,
    newest_finished_run,
    put_website,
)
from local.stack import Stack
from magento_sync.db import websites as website_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from local.demo.websites import SyncedWebsite
    from local.shop import Shop
    from magento_sync.db.connection.database import Database

# Small pages make the progress visible.
TABLE_NAMES = {"TableNames": os.environ.get("TABLE_NAMES", "")}
PARAMETERS = {"AllowInsecureShops": "true", "PageSize": "5", **TABLE_NAMES}
RETRY_DELAYS = (1.0, 2.0)


def run_demo(console: Console, state: Path, *, orders: int, port: int | None, origins: str) -> int:
    """Runs the demo and returns the exit code.

    Args:
        console: The screen.
        state: The folder of the database and the logs.
        orders: How many orders the shop klompen has.
        port: The HTTP API's port; None for the last one.
        origins: Origins, separated by commas, whose pages may call the HTTP API.

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
        parameters = {**PARAMETERS, "AllowedOrigins": origins}
        stack = running.enter_context(
            Stack(state, parameters=parameters, retry_delays=RETRY_DELAYS, port=api_port(state, port))
        )
        console.print(f"The HTTP API is at {stack.api_url}", soft_wrap=True)
        prepare_tables(stack.database_url)
        database = running.enter_context(database_at(stack.database_url))
        websites = demo_websites()
        klompen = _open_shops(running, stack, database, websites, orders)
        synced = _resume_or_make_due(stack, database, websites)
        started = time.monotonic()
        stack.fire_schedule()
        last = show(console, watch(database, synced, stack.failed_events, state / "logs"))
        report(console, database, last, time.monotonic() - started)
        activity = Activity(klompen, stack.fire_schedule, partial(console.print, style="dim"))
        show_next_steps(console, stack, websites[0], state, activity.step)
        return int(any(progress.error_code and not progress.website.meant_to_fail for progress in last))


def put_credentials(stack: Stack, website: SyncedWebsite, credentials: str) -> None:
    """Writes a website's credentials to SSM."""
    prefix = stack.template.function("site_sync").environment["CREDENTIALS_PREFIX"]
    stack.put_parameter(f"{prefix}/{website.id}", credentials)


def resume(stack: Stack, website: SyncedWebsite, run_id: str) -> None:
    """Invokes the function again for a run that an interrupted `make run` has left unfinished."""
    stack.invoke_async("site_sync", {"websiteId": website.id, "runId": run_id, "trigger": "schedule"})


def _open_shops(
    running: ExitStack, stack: Stack, database: Database, websites: Sequence[SyncedWebsite], orders: int
) -> Shop:
    """Starts the shops, and creates or updates their websites; returns the shop klompen."""
    [reader] = [website for website in websites if website.shop is KLOMPEN]
    row = database.run(website_rows.find, reader.id)
    klompen = KLOMPEN.open(klompen_orders(orders, row.watermark if row else 0))
    klompen.failures.damage(DAMAGED_ORDER)
    for demo_shop in SHOPS:
        shop = klompen if demo_shop is KLOMPEN else demo_shop.open()
        address = running.enter_context(shop.serving())
        for website in websites:
            if website.shop is demo_shop:
                database.run(put_website, website, address)
                put_credentials(stack, website, json.dumps(demo_shop.credentials))
    return klompen


def _resume_or_make_due(stack: Stack, database: Database, websites: Sequence[SyncedWebsite]) -> list[SyncedWebsite]:
    """Makes the websites due, resumes interrupted runs, and returns the websites with their newest finished runs."""
    for website in websites:
        database.run(make_due, website)
    synced = [replace(website, previous_run=database.run(newest_finished_run, website)) for website in websites]
    for website in synced:
        run_id = database.run(interrupted_run, website)
        if run_id:
            resume(stack, website, run_id)
    return synced
