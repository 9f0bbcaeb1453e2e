"""The result of the runs: totals, the orders by outcome, some customers, and the failures."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from rich import box
from rich.padding import Padding
from rich.table import Table

from magento_sync.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console, RenderableType

    from local.demo.progress import Progress
    from local.demo.websites import SyncedWebsite
    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Row, Transaction
    from magento_sync.db.run_record import Counts

OUTCOMES: dict[str, Callable[[Counts], int]] = {
    "imported": lambda counts: counts.imported,
    "duplicate": lambda counts: counts.duplicates,
    "repeat purchase": lambda counts: counts.repeat_purchases,
    "no e-mail": lambda counts: counts.without_email,
    "quarantine": lambda counts: counts.failed,
    "too old, or seen before": lambda counts: max(0, counts.orders_fetched - sum(astuple(counts)[1:])),
}
"""The runs' own counts: the ledger is pruned."""
MEANINGS = {
    "duplicate": "Duplicate: a customer has this e-mail and this purchase date already.",
    "repeat purchase": "Repeat purchase: a customer has this e-mail already; the app keeps one row for each.",
    "quarantine": "Quarantine: the order could not be read or stored; later syncs try it again.",
}
"""Of the outcomes that do not explain themselves."""
SAMPLE = 6


def report(console: Console, database: Database, progresses: Sequence[Progress], seconds: float) -> None:
    """Prints the result."""
    websites = [progress.website for progress in progresses]
    read = sum(progress.counts.orders_fetched for progress in progresses)
    new = sum(progress.counts.imported for progress in progresses)
    console.print(
        f"{_count(read, 'order')} read, {_count(new, 'new customer')} in {seconds:.1f} seconds; "
        f"{_count(database.run(_count_customers, websites), 'customer')} in the database.\n",
        style="bold",
    )
    if read:
        outcomes = _present(progresses)
        explained = "\n".join(MEANINGS[name] for name in outcomes if name in MEANINGS)
        _print(console, "These orders by outcome", _outcomes(progresses, outcomes), *filter(None, [explained]))
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


def report_dry_run(console: Console, result: Mapping[str, Any]) -> None:
    """Prints what would become of the orders, with the ids of some of them."""
    part = "" if result["status"] == "COMPLETED" else " (the first ones: there was no time for all)"
    imported = _count(result["importedCustomers"], "new customer")
    console.print(
        f"{_count(result['ordersFetched'], 'order')} read{part}, {imported} if they were imported.\n", style="bold"
    )
    table = _table("They would be", "Orders", "Order ids, for example")
    for outcome, ids in result["orders"].items():
        if ids:
            example = ", ".join(map(str, ids[-SAMPLE:]))
            table.add_row(outcome.replace("_", " "), str(len(ids)), example)
    _print(console, "What would become of the orders", table)
    console.print("Nothing was written.")


def error_sentence(progress: Progress) -> str:
    """Returns the error message of a failed run in English."""
    run = progress.run
    return sentence(run.error_code, "en", run.error_parameters) if run and run.error_code else ""


def _present(progresses: Sequence[Progress]) -> dict[str, Callable[[Counts], int]]:
    return {name: count for name, count in OUTCOMES.items() if any(count(each.counts) for each in progresses)}


def _outcomes(progresses: Sequence[Progress], present: Mapping[str, Callable[[Counts], int]]) -> Table:
    table = _table("Website")
    for name in present:
        table.add_column(name, justify="right")
    for progress in progresses:
        if progress.counts.orders_fetched:
            table.add_row(progress.website.domain, *(str(count(progress.counts) or "") for count in present.values()))
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
