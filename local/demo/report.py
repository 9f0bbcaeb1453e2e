"""What came of it, for a person to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.padding import Padding
from rich.table import Table

from local.demo.figures import customers_in_all, outcomes, some_customers
from magento_sync.api.run_views import sync_result
from magento_sync.db.outcomes import Outcome
from magento_sync.messages import DEFAULT_LANGUAGE, sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from local.demo.progress import Progress
    from magento_sync.db.connection.database import Database

HEADING = "bold"
NAMES = {Outcome.NO_EMAIL: "no e-mail", Outcome.FAILED: "put aside"}
"""Where the ledger's word is not the plainest."""


def report(console: Console, database: Database, progresses: Sequence[Progress], seconds: float) -> None:
    """Prints totals, what the API says, what became of the orders, some customers, and what failed."""
    sites = [progress.site for progress in progresses]
    runs = [progress.run for progress in progresses if progress.run]
    read, new = sum(run.counts.orders_fetched for run in runs), sum(run.counts.imported for run in runs)
    console.print(
        f"{_count(read, 'order')} read, {_count(new, 'new customer')} in {seconds:.1f} seconds; "
        f"{_count(database.run(customers_in_all, sites), 'customer')} in the database.",
        style=HEADING,
    )
    console.print()
    _heading(console, "The API's answer for each website, in Dutch, as the app shows it")
    console.print(_answers(progresses))
    _heading(console, "What became of the orders, over all runs")
    console.print(_outcomes(database, progresses))
    _customers(console, database, progresses)
    _failures(console, progresses)


def english(progress: Progress) -> str:
    """What a failed run says, in English."""
    run = progress.run
    return sentence(run.error_code, "en", run.error_parameters) if run and run.error_code else ""


def _answers(progresses: Sequence[Progress]) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    for progress in progresses:
        if progress.run:
            style = "red" if progress.failed_code else "green"
            table.add_row(progress.site.domain, sync_result(progress.run, DEFAULT_LANGUAGE).message, style=style)
    return Padding(table, (0, 0, 1, 2), expand=False)


def _outcomes(database: Database, progresses: Sequence[Progress]) -> Padding:
    counted = database.run(outcomes, [progress.site for progress in progresses])
    seen = [outcome for outcome in Outcome if any(tally[outcome] for tally in counted.values())]
    table = _table()
    table.add_column("Website", no_wrap=True)
    for outcome in seen:
        table.add_column(NAMES.get(outcome, outcome.replace("_", " ")), justify="right")
    for progress in progresses:
        tally = counted[progress.site.id]
        table.add_row(progress.site.domain, *(str(tally[outcome] or "") for outcome in seen))
    return Padding(table, (0, 0, 1, 2), expand=False)


def _customers(console: Console, database: Database, progresses: Sequence[Progress]) -> None:
    rows = database.run(some_customers, [progress.site for progress in progresses])
    if not rows:
        return
    table = _table()
    for name in ("Name", "E-mail", "Bought (UTC)", "Website"):
        table.add_column(name, overflow="ellipsis", no_wrap=True)
    for row in rows:
        bought = row["bought"].strftime("%Y-%m-%d %H:%M") if row["bought"] else ""
        table.add_row(row["who"], row["address"], bought, row["shop"])
    _heading(console, "Some of the customers")
    console.print(Padding(table, (0, 0, 1, 2), expand=False))


def _failures(console: Console, progresses: Sequence[Progress]) -> None:
    failed = [progress for progress in progresses if progress.failed_code]
    if not failed:
        return
    _heading(console, "What failed, and what to do")
    for progress in failed:
        meant = " (The demo has this website for you to see that.)" if progress.site.meant_to_fail else ""
        console.print(Padding(f"{progress.site.domain}: {english(progress)}{meant}", (0, 0, 1, 2), expand=False))


def _heading(console: Console, text: str) -> None:
    console.print(text, style=HEADING)


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
