"""What commands print: tables and sentences for people, or one JSON document."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

WELL, TO_REPAIR, WRONG_USAGE = 0, 1, 2
WIDTH_IN_A_PIPE = 200
WIDEST = 1000


@dataclass(frozen=True)
class Answer:
    """A command's result.

    Attributes:
        data: What `--json` prints.
        shown: What people read.
        code: The exit code.
    """

    data: object
    shown: RenderableType
    code: int = WELL


def console(*, error: bool = False) -> Console:
    """Returns a console: colours and the terminal's width in a terminal only, and none where NO_COLOR is set."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else WIDTH_IN_A_PIPE
    return Console(file=stream, width=width, highlight=False, markup=False, soft_wrap=True)


def show(answer: Answer, *, as_json: bool) -> None:
    """Prints the answer."""
    if as_json:
        print(json.dumps(answer.data, default=_plain, ensure_ascii=False, indent=2))
    else:
        console().print(answer.shown)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[RenderableType | int | None]], *, optional: int = 0
) -> Table:
    """Returns a table without lines between its rows.

    Where the terminal is too narrow for all columns, the last `optional` ones are left out.
    """
    rows = list(rows)
    made = _table(headings, rows)
    screen = console()
    if optional and screen.measure(made, options=screen.options.update(max_width=WIDEST)).maximum > screen.width:
        return _table(headings[:-optional], [row[:-optional] for row in rows])
    return made


def _table(headings: Sequence[str], rows: Iterable[Sequence[RenderableType | int | None]]) -> Table:
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) if isinstance(cell, int) else cell for cell in row))
    return made


def moment(time: datetime | None) -> str:
    """Returns a time in UTC, to the minute."""
    return time.isoformat(" ", "minutes") if time else ""


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, datetime):
        return f"{value.isoformat(timespec='milliseconds')}Z"
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")
