"""Progress on the screen: a live table in a terminal, plain lines and one table elsewhere."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from local.demo.progress import Progress

WIDE = 110
"""Columns from which the table shows everything."""
LINE_SECONDS = 1.0
"""Seconds between two plain lines on a website whose state stays the same."""


def console_for(stream: TextIO | None = None) -> Console:
    """A console that sends control characters to terminals only, and characters that the stream's encoding knows."""
    stream = stream or sys.stdout
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    width = None if terminal or os.environ.get("COLUMNS") else WIDE
    # Left to itself, rich would obey FORCE_COLOR in a pipe.
    return Console(file=stream, force_terminal=terminal, width=width, highlight=False, markup=False)


def show(console: Console, watch: Iterable[list[Progress]]) -> list[Progress]:
    """Shows the watch until its end; returns the last state."""
    return _show_live(console, watch) if console.is_terminal else _show_lines(console, watch)


def _show_live(console: Console, watch: Iterable[list[Progress]]) -> list[Progress]:
    last: list[Progress] = []
    spinner = Spinner("dots", "starting the functions", style="cyan")
    console.print()
    with Live(spinner, console=console, refresh_per_second=12) as live:
        for last in watch:
            running = sum(not progress.over for progress in last)
            spinner.update(text=f"{running} to go")
            table = progress_table(last, console.width)
            live.update(Group(table, spinner) if running else table)
    console.print()
    return last


def _show_lines(console: Console, watch: Iterable[list[Progress]]) -> list[Progress]:
    last: list[Progress] = []
    told: dict[str, tuple[str, float]] = {}
    for last in watch:
        for progress in last:
            state, when = told.get(progress.site.id, ("waiting", 0.0))
            if progress.state != state or (not progress.over and time.monotonic() - when > LINE_SECONDS and when):
                told[progress.site.id] = (progress.state, time.monotonic())
                console.print(_line(progress), soft_wrap=True)
    console.print()
    console.print(progress_table(last, console.width))
    console.print()
    return last


def _line(progress: Progress) -> str:
    run = progress.run
    if run is None or not run.counts.orders_fetched:
        return f"{progress.site.domain}: {progress.state}"
    return (
        f"{progress.site.domain}: {progress.state}, {run.counts.orders_fetched} of {run.expected_orders} orders, "
        f"{run.counts.imported} new customers"
    )


def progress_table(progresses: Sequence[Progress], width: int) -> Table:
    """One row a website; in a narrow terminal without the way of reading."""
    wide = width >= WIDE
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Website", no_wrap=True, min_width=17)
    table.add_column("Method", no_wrap=True, min_width=17 if wide else 6)
    table.add_column("Orders read", no_wrap=True, min_width=20 if wide else 13)
    table.add_column("New customers" if wide else "New", justify="right", no_wrap=True)
    table.add_column("Watermark" if wide else "Up to", justify="right", no_wrap=True)
    table.add_column("State", no_wrap=True, min_width=22)
    for progress in progresses:
        run = progress.run
        method = f"{progress.site.credentials}, {run.method}" if wide and run and run.method else None
        table.add_row(
            progress.site.domain,
            method or progress.site.credentials,
            _orders(progress, 14 if wide else 7),
            str(run.counts.imported) if run and run.method else "",
            str(run.to_entity_id or "") if run else "",
            _state(progress),
        )
    return table


def _orders(progress: Progress, width: int) -> RenderableType:
    """A bar with figures."""
    run = progress.run
    if run is None or run.expected_orders is None:
        return ""
    if run.expected_orders == 0:
        return Text("nothing new", style="dim")
    read, expected = run.counts.orders_fetched, max(run.expected_orders, run.counts.orders_fetched)
    row = Table.grid(padding=(0, 1))
    row.add_row(
        ProgressBar(total=expected, completed=read, width=width, complete_style="cyan", finished_style="green"),
        f"{read}/{expected}",
    )
    return row


def _state(progress: Progress) -> Text:
    styles = {"waiting": "dim", "reading": "cyan", "done": "green", "stopped": "yellow"}
    return Text(progress.state, style=styles.get(progress.state, "red"))
