"""The result of the runs: totals, the orders by outcome, some customers, and the failures."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.padding import Padding
from rich.table import Table

from magento_sync.db.outcomes import Outcome
from magento_sync.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from local.demo.progress import Progress
    from local.demo.websites import SyncedWebsite
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Row, Transaction

NAMES = {Outcome.NO_EMAIL: "no e-mail", Outcome.FAILED: "quarantined"}
"""Names on the screen that differ from the ledger's."""
SAMPLE = 6


def report(console: Console, database: Database, progresses: Sequence[Progress], seconds: float) -> None:
    """Prints the result."""
    websites = [progress.website for progress in progresses]
    runs = [progress.run for progress in progresses if progress.run]
    read, new = sum(run.counts.orders_fetched for run in runs), sum(run.counts.imported for run in runs)
    console.print(
        f"{_count(read, 'order')} read, {_count(new, 'new customer')} in {seconds:.1f} seconds; "
        f"{_count(database.run(_count_customers, websites), 'customer')} in the database.\n",
        style="bold",
    )
    _print(console, "All orders by outcome", _outcomes(database, progresses))
    rows = database.run(_sample_customers, websites)
    if rows:
        table = _table("Name", "E-mail", "Bought (UTC)", "Website")
        for row in rows:
            bought = row["bought"].strftime("%Y-%m-%d %H:%M") if row["bought"] else ""
            table.add_row(row["who"], row["address"], bought, row["shop"])
        _print(console, "Some of the customers", table)
    failed = [progress for progress in progresses if progress.error_code]
    if failed:
        _print(console, "Failures", *map(_failure, failed))


def error_sentence(progress: Progress) -> str:
    """Returns the error message of a failed run in English."""
    run = progress.run
    return sentence(run.error_code, "en", run.error_parameters) if run and run.error_code else ""


def _outcomes(database: Database, progresses: Sequence[Progress]) -> Table:
    counted = database.run(_count_outcomes, [progress.website for progress in progresses])
    present = [outcome for outcome in Outcome if any(counts[outcome] for counts in counted.values())]
    table = _table("Website")
    for outcome in present:
        table.add_column(NAMES.get(outcome, outcome.replace("_", " ")), justify="right")
    for progress in progresses:
        counts = counted[progress.website.id]
        if not counts:
            continue
        table.add_row(progress.website.domain, *(str(counts[outcome] or "") for outcome in present))
    return table


def _failure(progress: Progress) -> str:
    remark = " (The demo includes this failure on purpose.)" if progress.website.meant_to_fail else ""
    return f"{progress.website.domain}: {error_sentence(progress)}{remark}"


def _print(console: Console, heading: str, *content: RenderableType) -> None:
    console.print(heading, style="bold")
    for each in content:
        console.print(Padding(each, (0, 0, 1, 2), expand=False))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="ellipsis", no_wrap=True)
    return table


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _count_customers(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> int:
    """Returns the number of all customers of these websites."""
    row = transaction.one(
        "SELECT count(*) AS customers FROM {customer} WHERE {website_id} = ANY(%s)", [[each.id for each in websites]]
    )
    return int(row["customers"]) if row else 0


def _sample_customers(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> list[Row]:
    """Returns about half a dozen customers, the same number of each website, with the latest purchases first."""
    return transaction.all(
        """
        SELECT who, address, bought, shop FROM (
            SELECT c.{name} AS who, c.{email} AS address, c.{purchase_date} AS bought, w.{domain} AS shop,
                row_number() OVER (PARTITION BY w.{id} ORDER BY c.{purchase_date} DESC NULLS LAST, c.{id}) AS place
            FROM {customer} AS c JOIN {website} AS w ON w.{id} = c.{website_id}
            WHERE w.{id} = ANY(%(websites)s)
        ) AS ranked
        WHERE place <= %(each)s
        ORDER BY bought DESC NULLS LAST, shop
        """,
        {"websites": [each.id for each in websites], "each": max(1, SAMPLE // len(websites))},
    )


def _count_outcomes(transaction: Transaction, websites: Sequence[SyncedWebsite]) -> dict[str, Counter[str]]:
    """Returns the number of orders of all runs by website id and outcome."""
    rows = transaction.all(
        """
        SELECT "websiteId", "outcome", count(*) AS orders FROM {ledger}
        WHERE "websiteId" = ANY(%s) GROUP BY "websiteId", "outcome"
        """,
        [[each.id for each in websites]],
    )
    counted: dict[str, Counter[str]] = {each.id: Counter() for each in websites}
    for row in rows:
        counted[row["websiteId"]][row["outcome"]] = row["orders"]
    return counted
