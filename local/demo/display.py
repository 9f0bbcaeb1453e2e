"""The progress on the screen: a live table in a terminal, otherwise plain lines and one table at the end."""

from __future__ import annotations

import io
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

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

DEFAULT_WIDTH = 110
STYLES = {"waiting": "dim", "reading": "cyan", "done": "green", "stopped": "yellow"}


def console_for() -> Console:
    """Returns a console that sends control characters to terminals only, and characters that the stream can encode."""
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
    width = None if terminal or os.environ.get("COLUMNS") else DEFAULT_WIDTH
    # rich would follow FORCE_COLOR in a pipe.
    return Console(file=stream, force_terminal=terminal, width=width, highlight=False, markup=False)


def show(console: Console, updates: Iterable[list[Progress]]) -> list[Progress]:
    """Shows every update and returns the last one."""
    return _show_live(console, updates) if console.is_terminal else _show_lines(console, updates)


def _show_live(console: Console, updates: Iterable[list[Progress]]) -> list[Progress]:
    last: list[Progress] = []
    spinner = Spinner("dots", "starting the functions", style="cyan")
    console.print()
    with Live(spinner, console=console, refresh_per_second=12) as live:
        for last in updates:
            unfinished = sum(not progress.finished for progress in last)
            spinner.update(text=f"{unfinished} unfinished")
            table = progress_table(last)
            live.update(Group(table, spinner) if unfinished else table)
    console.print()
    return last


def _show_lines(console: Console, updates: Iterable[list[Progress]]) -> list[Progress]:
    last: list[Progress] = []
    printed: dict[str, str] = {}
    for last in updates:
        for progress in last:
            if progress.state != printed.get(progress.website.id, "waiting"):
                printed[progress.website.id] = progress.state
                console.print(f"{progress.website.domain}: {progress.state}", soft_wrap=True)
    console.print()
    console.print(progress_table(last))
    console.print()
    return last


def progress_table(progresses: Sequence[Progress]) -> Table:
    """Returns a table with one row for each website."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Website", no_wrap=True, min_width=17)
    table.add_column("Orders read", no_wrap=True, min_width=20)
    table.add_column("New customers", justify="right", no_wrap=True)
    table.add_column("State", overflow="fold", min_width=22)
    for progress in progresses:
        table.add_row(
            progress.website.domain,
            _orders(progress),
            str(progress.counts.imported) if any(run.method for run in progress.runs) else "",
            Text(progress.state + _speed(progress), style=STYLES.get(progress.state, "red")),
        )
    return table


def _speed(progress: Progress) -> str:
    """Returns the orders a second and the time left, of a website that is being read."""
    run = progress.run
    if progress.state != "reading" or run is None or run.started_at is None or not run.counts.orders_fetched:
        return ""
    seconds = (datetime.now(UTC).replace(tzinfo=None) - run.started_at).total_seconds()
    speed = run.counts.orders_fetched / max(seconds, 1.0)
    left = ((progress.expected or 0) - progress.counts.orders_fetched) / speed
    return f", {speed:.0f}/s" + (f", {left:.0f} s left" if left > 0 else "")


def _orders(progress: Progress) -> RenderableType:
    """Returns a bar with its numbers."""
    expected = progress.expected
    if expected is None:
        return ""
    if expected == 0:
        return Text("nothing new", style="dim")
    read = progress.counts.orders_fetched
    row = Table.grid(padding=(0, 1))
    row.add_row(
        ProgressBar(total=expected, completed=read, width=10, complete_style="cyan", finished_style="green"),
        f"{read}/{expected}",
    )
    return row
