"""`doctor`: walks through the checks, and shows a line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Group
from rich.text import Text

from ops.doctor.answers import Reply, replies
from ops.doctor.check import Result, walk
from ops.doctor.patient import Patient
from ops.doctor.system_checks import SYSTEM_CHECKS, System
from ops.doctor.website_checks import WEBSITE_CHECKS
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, WELL, Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red", "skipped": "dim"}
MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "skipped": "-"}
VISITED_AFTER = {"database", "migration", "rights"}


@click.command()
@click.argument("website", required=False)
@click.option("--all", "every", is_flag=True, help="All websites.")
@on_target
def doctor(operator: Operator, website: str | None, *, every: bool) -> Answer:
    """Find what is wrong, and say what to do: in the database, the schedule, and WEBSITE (an id or a domain).

    Without WEBSITE and --all, only what all websites share is checked. It changes nothing.
    """
    if website and every:
        raise click.UsageError("Name a website or give --all, not both.")
    system = System(operator)
    results = list(walk(SYSTEM_CHECKS, system))
    answers: list[Reply] = []
    if not any(one.state == "fail" and one.name in VISITED_AFTER for one in results):
        shared = list(results)
        given = [one.id for one in operator.chosen(None, every=True)] if every else [website] if website else []
        for name in given:
            patient = Patient(system, name)
            own = list(walk(WEBSITE_CHECKS, patient, name))
            results += own
            answers += replies(patient, shared, own)
    code = TO_REPAIR if any(one.state == "fail" for one in results) else WELL
    return Answer({"results": results, "answers": answers}, _shown(results, answers), code)


def _shown(results: Sequence[Result], answers: Sequence[Reply]) -> RenderableType:
    lines: list[Text] = []
    about: str | None = None
    for one in results:
        if one.website != about:
            lines += [Text(), Text(f"Website {one.website}", style="bold")]
            about = one.website
        lines.append(_line(one))
    for reply in answers:
        lines += [Text(), Text(f"{reply.website}: {reply.question}", style="bold"), Text(f"  {reply.answer}")]
    return Group(*lines)


def _line(one: Result) -> Text:
    cure = f" → {one.cure}" if one.cure else ""
    return Text.assemble((f"{MARKS[one.state]} {one.name}", STYLES[one.state]), f": {one.finding}{cure}")
