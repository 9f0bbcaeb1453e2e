"""`make run`: three local shops, seven websites, one tick of the schedule."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from local.demo.display import show
from local.demo.progress import Watch
from local.demo.report import report
from local.demo.serving import serve
from local.demo.shops import SHOPS
from local.demo.state import state_for_us_alone
from local.demo.tables import database_at, prepare_tables
from local.demo.websites import demo_sites, finished_before, left_behind, make_due, port_before, put_website
from local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from local.demo.websites import Site
    from magento_sync.db.connection.database import Database

# Small pages, so that progress can be seen.
PARAMETERS = {"AllowInsecureShops": "true", "PageSize": "5"}
RETRY_DELAYS = (1.0, 2.0)


def run_demo(console: Console, state: Path) -> int:
    """Runs the demo; answers the exit code.

    Raises:
        LocalStackError: This machine, the state directory or a function is not as needed.
        OperatorError: The database or its migration is not.
    """
    console.print("magento-sync on this machine, without Docker or an AWS account", style="bold")
    for shop in SHOPS:
        console.print(f"  shop {shop.name}: {shop.about}")
    with ExitStack() as running:
        running.enter_context(state_for_us_alone(state))
        console.print("Starting PostgreSQL, SSM, Lambda, the HTTP API and the shops…", style="dim")
        stack = running.enter_context(Stack(state, parameters=PARAMETERS, retry_delays=RETRY_DELAYS))
        prepare_tables(stack.database_url)
        database = running.enter_context(database_at(stack.database_url))
        sites = _prepare(running, stack, database)
        began = time.monotonic()
        stack.fire_schedule()
        last = show(console, Watch(database, sites, stack.failed_events, state / "logs"))
        report(console, database, last, time.monotonic() - began)
        serve(console, stack, sites[0], state)
        return int(any(progress.failed_code and not progress.site.meant_to_fail for progress in last))


def put_credentials(stack: Stack, site: Site, credentials: str) -> None:
    """Puts a website's credentials where the functions look for them."""
    prefix = stack.function("site_sync").environment["CREDENTIALS_PREFIX"]
    stack.put_parameter(f"{prefix}/{site.id}", credentials)


def take_up_again(stack: Stack, site: Site, run_id: str) -> None:
    """Sends a run that an interrupted `make run` left in the middle once more; it goes on where it stopped."""
    stack.invoke_later("site_sync", {"websiteId": site.id, "runId": run_id, "trigger": "schedule"})


def _prepare(running: ExitStack, stack: Stack, database: Database) -> Sequence[Site]:
    """Starts the shops, brings the websites up to date and makes them due."""
    sites = demo_sites()
    for shop in SHOPS:
        readers = [site for site in sites if site.shop is shop]
        address = running.enter_context(shop.serving(port_before(database, readers[0])))
        for site in readers:
            database.run(put_website, site, address)
            database.run(make_due, site)
            put_credentials(stack, site, json.dumps(shop.credentials))
    watched = [replace(site, run_before=database.run(finished_before, site)) for site in sites]
    unfinished = [(site, database.run(left_behind, site)) for site in sites]
    for site, run_id in unfinished:
        if run_id:
            take_up_again(stack, site, run_id)
    return watched
