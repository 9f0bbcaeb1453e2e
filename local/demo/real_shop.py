"""`make run SHOP=… CREDENTIALS=…`: syncs one website of your own shop; with `DRY=1`, shows what a sync would do."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from local.demo.demo import RETRY_DELAYS, TABLE_NAMES, put_credentials, resume
from local.demo.display import show
from local.demo.next_steps import PATH, show_next_steps
from local.demo.progress import watch
from local.demo.real_shop_arguments import as_typed
from local.demo.report import error_sentence, report, report_dry_run
from local.demo.state_folder import api_port, locked
from local.demo.tables import check_tables, database_at, prepare_tables
from local.demo.websites import SyncedWebsite, interrupted_run, newest_finished_run, put_website
from local.errors import LocalStackError
from local.stack import Stack
from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.db.cuid import new_cuid
from magento_sync.errors import ShopError
from magento_sync.magento.address import shop_address
from magento_sync.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from local.demo.real_shop_arguments import RealShop
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction

API_SECONDS = 30
"""The HTTP API's time-out."""
ALIVE_MINUTES = 2
"""How long a run in a given database counts as active after its last heartbeat."""


def run_real_shop(console: Console, state: Path, shop: RealShop, *, port: int | None, origins: str) -> int:
    """Syncs one website of the shop and returns the exit code.

    `port` and `origins` are as in `run_demo`.

    Raises:
        LocalStackError: The sync failed, or this machine or the database prevents it.
        OperatorError: The migration failed, or the database's URL is invalid.
    """
    url = _given_database()
    if url and shop.days is None:
        _confirm(console, shop, url)
    with _running(console, state, shop, url, port, origins) as (stack, database, website):
        console.print(f"The HTTP API is at {stack.api_url}", soft_wrap=True)
        started = time.monotonic()
        place = parse_database_url(stack.database_url).place
        console.print(f"Reading {shop.address.base} for the website {website.domain} into the database {place}")
        _start(stack, database, website, given_database=bool(url))
        last = show(console, watch(database, [website], stack.failed_events, state / "logs"))
        if last[0].error_code:
            reason = error_sentence(last[0])
            raise _failure(shop, f"The sync of {website.domain} failed", last[0].error_code, reason)
        report(console, database, last, time.monotonic() - started)
        show_next_steps(console, stack, website, state)
    return 0


def run_dry(console: Console, state: Path, shop: RealShop) -> int:
    """Shows what a sync would make of the shop's orders, writes nothing of it, and returns the exit code.

    A given database is used only if it has the website already: otherwise its customers make no difference, and a
    website would have to be written.

    Raises:
        LocalStackError: The shop cannot be read, or this machine or the database prevents it.
        OperatorError: The migration failed, or the database's URL is invalid.
    """
    url = _given_database()
    if url:
        with database_at(url) as given:
            if given.run(_find, shop) is None:
                url = None
    with _running(console, state, shop, url) as (stack, _, website):
        console.print(f"Reading {shop.address.base} for the website {website.domain}; nothing is written.")
        result = stack.invoke("site_sync", {"websiteId": website.id, "dryRun": True})
    if result["status"] == "FAILED":
        reason = sentence(result["errorCode"], "en", result["errorParameters"])
        raise _failure(shop, f"The orders of {shop.domain} cannot be read", result["errorCode"], reason)
    report_dry_run(console, result)
    return 0


def _given_database() -> str | None:
    """Returns the URL of the user's database, if there is one, after a check of its tables."""
    url = os.environ.get("DATABASE_URL") or None
    if url:
        check_tables(url)
    return url


def _confirm(console: Console, shop: RealShop, url: str) -> None:
    """Asks before all orders of a shop become customers of an app, who may then get mail.

    Raises:
        LocalStackError: The answer is no, or there is nobody to ask.
    """
    question = f"Import all orders of {shop.domain}, of any age, into the database {parse_database_url(url).place}?"
    choice = (
        "Give DRY=1 to see first what would be written, DAYS=30 to read the last 30 days, or DAYS=all to import all."
    )
    if not (console.is_terminal and sys.stdin.isatty()):
        raise LocalStackError(f"{question} Nobody can answer here. {choice}")
    console.print(f"{question} The app may mail its customers. {choice}")
    if console.input("Type yes to import all: ").strip().lower() != "yes":
        raise LocalStackError("Nothing was read or written.")


@contextmanager
def _running(  # noqa: PLR0913, PLR0917 - the arguments of its callers
    console: Console, state: Path, shop: RealShop, url: str | None, port: int | None = None, origins: str = ""
) -> Iterator[tuple[Stack, Database, SyncedWebsite]]:
    """Runs the stack on the given database, or on one of its own, with the shop's website and credentials."""
    parameters = {
        "AllowInsecureShops": str(shop.insecure).lower(),
        "FirstImportDays": str(shop.days or 0),
        "AllowedOrigins": origins,
        **TABLE_NAMES,
    }
    with ExitStack() as running:
        running.enter_context(locked(state))
        console.print("Starting the local services…", style="dim")
        stack = running.enter_context(
            Stack(
                state,
                parameters=parameters,
                retry_delays=RETRY_DELAYS,
                database_url=url,
                port=api_port(state, port),
            )
        )
        if not url:
            prepare_tables(stack.database_url)
        database = running.enter_context(database_at(stack.database_url))
        website = running.enter_context(_website(database, shop, given_database=bool(url)))
        put_credentials(stack, website, shop.credentials)
        yield stack, database, website


def _failure(shop: RealShop, what: str, code: str, reason: str) -> LocalStackError:
    text = as_typed(reason)
    if code in {"TLS", "UNREACHABLE"} and "://" not in shop.typed:
        text += f" SHOP has no scheme, so https was used: for http write SHOP=http://{shop.typed}."
    return LocalStackError(f"{what} ({code}): {text}")


@contextmanager
def _website(database: Database, shop: RealShop, *, given_database: bool) -> Iterator[SyncedWebsite]:
    """Finds or creates the domain's website; deletes a new one afterwards if nothing was read for it.

    In a given database existing rows are not changed.
    """
    website, is_new = database.run(_put_website, shop, given_database=given_database)
    try:
        yield website
    finally:
        if is_new:
            database.run(_delete_if_unused, website)


def _find(transaction: Transaction, shop: RealShop) -> dict[str, Any] | None:
    query = "SELECT {id} AS id, {api_url} AS api_url FROM {website} WHERE {domain} = %s"
    return transaction.one(query, [shop.domain])


def _put_website(transaction: Transaction, shop: RealShop, *, given_database: bool) -> tuple[SyncedWebsite, bool]:
    """Returns the website, and whether its row is new."""
    row = _find(transaction, shop)
    website = SyncedWebsite(row["id"] if row else new_cuid(), shop.domain)
    if row and given_database:
        _check_address(row, shop)
    else:
        put_website(transaction, website, shop.typed)
    return replace(website, previous_run=newest_finished_run(transaction, website)), row is None


def _check_address(row: dict[str, Any], shop: RealShop) -> None:
    try:
        same = shop_address(row["api_url"], allow_insecure=True) == shop.address
    except ShopError:
        same = False
    if not same:
        raise LocalStackError(
            f"The website {shop.domain} in this database has another magentoApiUrl than SHOP and was not changed: "
            "set SHOP to that address, or change it in the app."
        )


def _delete_if_unused(transaction: Transaction, website: SyncedWebsite) -> None:
    transaction.execute(
        """
        DELETE FROM {website} WHERE {id} = %(website)s
            AND NOT EXISTS (SELECT FROM {ledger} WHERE "websiteId" = %(website)s)
            AND NOT EXISTS (SELECT FROM {run} WHERE "websiteId" = %(website)s AND "status" = 'COMPLETED')
        """,
        {"website": website.id},
    )


def _start(stack: Stack, database: Database, website: SyncedWebsite, *, given_database: bool) -> None:
    """Starts a sync through the HTTP API, or resumes an interrupted run."""
    run_id = database.run(interrupted_run, website, ALIVE_MINUTES if given_database else 0)
    if run_id:
        resume(stack, website, run_id)
        return
    response = requests.post(
        f"{stack.api_url}{PATH}",
        json={"websiteId": website.id},
        headers={"Accept-Language": "en", "Prefer": "wait=0"},
        timeout=API_SECONDS,
    )
    if response.ok:
        return
    try:
        reason = response.json()["error"]["message"]
    except (ValueError, LookupError, TypeError):
        reason = f"the HTTP API answered {response.status_code}; see the logs."
    raise LocalStackError(f"The sync of {website.domain} was not started: {reason}")
