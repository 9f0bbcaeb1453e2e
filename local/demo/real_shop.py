"""`make run SHOP=… CREDENTIALS=…`: the same for somebody's own shop, with one website."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import requests

from local.demo.demo import RETRY_DELAYS, put_credentials, take_up_again
from local.demo.display import show
from local.demo.progress import Watch
from local.demo.report import english, report
from local.demo.serving import PATH, serve
from local.demo.state import state_for_us_alone
from local.demo.tables import check_tables, database_at, prepare_tables
from local.demo.websites import Site, finished_before, put_website
from local.errors import LocalStackError
from local.stack import Stack
from magento_sync.db import runs, websites
from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.db.cuid import new_cuid
from magento_sync.errors import ShopError
from magento_sync.magento.address import shop_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from local.demo.real_shop_arguments import RealShop
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction

API_SECONDS = 30
"""The most that an HTTP API takes to answer."""
FRESH_MINUTES = 2
"""How long a run in somebody else's database counts as alive after its last sign of life."""


def run_real_shop(console: Console, state: Path, shop: RealShop) -> int:
    """Syncs one website of the shop; answers the exit code.

    Raises:
        LocalStackError: Something is not as needed, or the shop failed the run.
        OperatorError: The database or its migration is not as needed.
    """
    url = os.environ.get("DATABASE_URL") or None
    if url:
        check_tables(url)
    parameters = {"AllowInsecureShops": str(shop.insecure).lower()}
    with ExitStack() as running:
        running.enter_context(state_for_us_alone(state))
        stack = running.enter_context(Stack(state, parameters=parameters, retry_delays=RETRY_DELAYS, database_url=url))
        if not url:
            prepare_tables(stack.database_url)
        database = running.enter_context(database_at(stack.database_url))
        site = running.enter_context(_website(database, shop, ours=not url))
        put_credentials(stack, site, shop.credentials)
        began = time.monotonic()
        place = parse_database_url(stack.database_url).place
        console.print(f"Reading {shop.address.base} for the website {site.domain} into the database {place}")
        _start(stack, database, site, ours=not url)
        last = show(console, Watch(database, [site], stack.failed_events, state / "logs"))
        if last[0].failed_code:
            told = english(last[0]).replace(" We try again later.", " Check SHOP, then run the same command again.")
            raise LocalStackError(f"The sync of {site.domain} failed ({last[0].failed_code}): {told}")
        report(console, database, last, time.monotonic() - began)
        serve(console, stack, site, state)
    return 0


@contextmanager
def _website(database: Database, shop: RealShop, *, ours: bool) -> Iterator[Site]:
    """The website's row: the one of that domain, or a new one, which goes again where nothing was read for it.

    Args:
        database: Where.
        shop: Whose website.
        ours: Whether the database is make run's own; in another one, no row that was there is changed.
    """
    site, is_new = database.run(_put_website, shop, ours=ours)
    try:
        yield site
    finally:
        if is_new:
            database.run(_forget_if_unused, site)


def _put_website(transaction: Transaction, shop: RealShop, *, ours: bool) -> tuple[Site, bool]:
    """Returns the website, and whether its row is new."""
    row = transaction.one("SELECT {id}, {api_url} FROM {website} WHERE {domain} = %s", [shop.domain])
    site = Site(row["id"] if row else new_cuid(), shop.domain, shop.kind)
    if row and not ours:
        _same_address(row, shop)
    else:
        put_website(transaction, site, shop.typed)
    return replace(site, run_before=finished_before(transaction, site)), row is None


def _same_address(row: dict[str, Any], shop: RealShop) -> None:
    try:
        same = shop_address(row["magentoApiUrl"], allow_insecure=True) == shop.address
    except ShopError:
        same = False
    if not same:
        raise LocalStackError(
            f"The website {shop.domain} in this database has another magentoApiUrl than SHOP, and is left alone: "
            "give its address as SHOP, or change it in the app."
        )


def _forget_if_unused(transaction: Transaction, site: Site) -> None:
    transaction.execute(
        """
        DELETE FROM {website} WHERE {id} = %(site)s
            AND NOT EXISTS (SELECT FROM {ledger} WHERE "websiteId" = %(site)s)
            AND NOT EXISTS (SELECT FROM {run} WHERE "websiteId" = %(site)s AND "status" = 'COMPLETED')
        """,
        {"site": site.id},
    )


def _start(stack: Stack, database: Database, site: Site, *, ours: bool) -> None:
    """Presses the button; a run that was left in the middle goes on instead."""
    run_id = database.run(_stalled_run, site, 0 if ours else FRESH_MINUTES)
    if run_id:
        take_up_again(stack, site, run_id)
        return
    answered = requests.post(
        f"{stack.api_url}{PATH}",
        json={"websiteId": site.id},
        headers={"Accept-Language": "en", "Prefer": "wait=0"},
        timeout=API_SECONDS,
    )
    if answered.ok:
        return
    try:
        reason = answered.json()["error"]["message"]
    except (ValueError, LookupError, TypeError):
        reason = f"the HTTP API answered with status {answered.status_code}; the logs say why."
    raise LocalStackError(f"The sync of {site.domain} was not started: {reason}")


def _stalled_run(transaction: Transaction, site: Site, minutes: int) -> str | None:
    """Returns the run that the website waits for, if that has had no heartbeat for so long."""
    website = websites.find(transaction, site.id)
    run = runs.newest(transaction, site.id)
    dead = transaction.one(
        """
        SELECT FROM {run} WHERE "websiteId" = %s AND "status" IN ('QUEUED', 'RUNNING')
            AND COALESCE("heartbeatAt", "queuedAt") < {now} - make_interval(mins => %s)
        """,
        [site.id, minutes],
    )
    return run.id if website and website.run_id and run and run.id == website.run_id and dead else None
