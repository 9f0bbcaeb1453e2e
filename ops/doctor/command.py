"""`doctor`: walks through the checks, and shows a line for each."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
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
    from collections.abc import Mapping, Sequence

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

    Without WEBSITE and --all, only what all websites share is checked. With --all it shows what is wrong, website by
    website, and with WEBSITE every check. It changes nothing.
    """
    if website and every:
        raise click.UsageError("Name a website or give --all, not both.")
    system = System(operator)
    results = list(walk(SYSTEM_CHECKS, system))
    answers: list[Reply] = []
    domains: dict[str, str] = {}
    if not any(one.state == "fail" and one.name in VISITED_AFTER for one in results):
        shared = list(results)
        if every:
            domains = {one.id: one.domain for one in operator.chosen(None, every=True)}
        for name in domains or ([website] if website else []):
            patient = Patient(system, name)
            own = list(walk(WEBSITE_CHECKS, patient, name))
            results += own
            answers += replies(patient, shared, own)
    code = TO_REPAIR if any(one.state == "fail" for one in results) else WELL
    shown = _overview(results, domains) if every else _every_check(results, answers)
    return Answer({"results": results, "answers": answers}, shown, code)


def _every_check(results: Sequence[Result], answers: Sequence[Reply]) -> RenderableType:
    lines: list[Text] = []
    for about, own in groupby(results, key=lambda one: one.website):
        if about is not None:
            lines += [Text(), Text(f"Website {about}", style="bold")]
        lines += map(_line, own)
    for reply in answers:
        lines += [Text(), Text(f"{reply.website}: {reply.question}", style="bold"), Text(f"  {reply.answer}")]
    return Group(*lines)


def _overview(results: Sequence[Result], domains: Mapping[str, str]) -> RenderableType:
    """Returns every check that the websites share, and of each website what is not in order."""
    lines: list[Text] = []
    for about, own in groupby(results, key=lambda one: one.website):
        if about is None:
            lines += [*map(_line, own), Text()]
            continue
        wrong = [replace(one, name=f"{domains[about]}: {one.name}") for one in own if one.state in {"warn", "fail"}]
        lines += map(_line, wrong or [Result(domains[about], "ok", "in order")])
    return Group(*lines, Text("\nTo see every check of a website, give its domain."))


def _line(one: Result) -> Text:
    cure = f" → {one.cure}" if one.cure else ""
    return Text.assemble((f"{MARKS[one.state]} {one.name}", STYLES[one.state]), f": {one.finding}{cure}")
