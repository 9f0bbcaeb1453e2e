"""The results as Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VERDICTS = {True: "met", False: "**missed**", None: ""}


@dataclass(frozen=True)
class Row:
    """One row of the table of goals.

    Attributes:
        measure: What was measured.
        result: What came out.
        goal: What was aimed at, if anything.
        met: Whether the goal is met; None without a goal.
    """

    measure: str
    result: str
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Table:
    """A table of further figures, with a sentence on how they were measured."""

    title: str
    note: str
    heads: Sequence[str]
    lines: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class Part:
    """What one part of the bench found.

    Attributes:
        rows: Its rows of the table of goals.
        tables: Its tables below.
        bars: Bars of the chart: a group, and orders a second by program.
    """

    rows: Sequence[Row] = ()
    tables: Sequence[Table] = ()
    bars: Sequence[tuple[str, dict[str, float]]] = field(default=())


def goal_table(rows: Iterable[Row]) -> str:
    """Returns the table of goals."""
    return markdown_table(
        ("measure", "result", "goal", ""), [(row.measure, row.result, row.goal, VERDICTS[row.met]) for row in rows]
    )


def table_section(table: Table) -> str:
    """Returns a table with its heading and its note."""
    return f"## {table.title}\n\n{table.note}\n\n{markdown_table(table.heads, table.lines)}"


def markdown_table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Returns a Markdown table."""
    return "\n".join(_line(cells) for cells in (heads, ["---"] * len(heads), *lines))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
