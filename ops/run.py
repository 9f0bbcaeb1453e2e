"""`run`: starts syncs by hand and shows their progress, or shows what they would do."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from magento_sync.aws.invocations import start_site_sync
from magento_sync.db import runs
from magento_sync.db.run_record import FINISHED
from magento_sync.errors import InvocationRefused, Refusal
from magento_sync.messages import sentence
from magento_sync.runs import claims
from magento_sync.runs.claims import shop_host
from magento_sync.sync.result import summary_of
from ops.aws import asking_aws, lambda_
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, WELL, Answer, console, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import TaskID

    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website

POLL_SECONDS = 0.5
MOST_AT_ONCE = 5  # and one of each shop, so that no run waits in the queue
HEADINGS = ("Domain", "Status", "Read", "New customers", "Duplicates", "Repeat", "No e-mail", "Failed", "Message")
COUNTS = ("ordersFetched", "importedCustomers", "duplicates", "repeatPurchases", "withoutEmail", "failedOrders")


@dataclass(frozen=True)
class Result:
    """The result of one website, with the names of `site_sync`'s summary."""

    website: Website
    summary: dict[str, Any]
    message: str = ""


@click.command()
@click.argument("website", required=False)
@click.option("--all", "every", is_flag=True, help="All websites with auto-upload on.")
@click.option(
    "--dry-run", is_flag=True, help="Read and convert, and say what would become of each order; write nothing."
)
@on_target
def run(operator: Operator, website: str | None, *, every: bool, dry_run: bool) -> Answer:
    """Sync WEBSITE (an id or a domain) now, under the rules of the app's button. Ctrl-C leaves the syncs running."""
    if not operator.target.has_aws:
        raise click.UsageError("Syncs run on Lambda: give --stage or --local.")
    chosen = [one for one in operator.chosen(website, every=every) if one.auto_upload or not every]
    with _progress(shown=not operator.as_json) as progress:
        results = Rehearsal(operator, progress).run(chosen) if dry_run else Syncs(operator, progress).run(chosen)
    code = WELL if all(one.summary["status"] in {"COMPLETED", "STOPPED"} for one in results) else TO_REPAIR
    return Answer([one.summary for one in results], table(HEADINGS, [_row(one) for one in results]), code)


class Rehearsal:
    """Dry runs, one after the other."""

    def __init__(self, operator: Operator, progress: Progress) -> None:
        self._function = operator.target.site_sync
        self._progress = progress

    def run(self, websites: Sequence[Website]) -> list[Result]:
        """Returns what a sync of each website would do."""
        return [self._one(website) for website in self._progress.track(websites, description="Dry runs")]

    def _one(self, website: Website) -> Result:
        payload = json.dumps({"websiteId": website.id, "dryRun": True}).encode()
        with asking_aws(f"invoke {self._function}"):
            answer = lambda_(patient=True).invoke(FunctionName=self._function, Payload=payload)
        summary = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            kind = str(summary.get("errorType"))
            return _failed(website, kind, f"The function failed ({kind}): see its log.")
        return Result(website, summary, _sentence(summary))


class Syncs:
    """Syncs by hand, a few at a time, until all of them have ended."""

    def __init__(self, operator: Operator, progress: Progress) -> None:
        self._database = operator.database
        self._function = operator.target.site_sync
        self._progress = progress
        self._active: dict[str, tuple[Website, TaskID]] = {}

    def run(self, websites: Sequence[Website]) -> list[Result]:
        """Starts the websites' syncs, waits, and returns the results in the order of the websites."""
        waiting = list(websites)
        results: list[Result] = []
        while waiting or self._active:
            for website in [one for one in waiting if self._has_room(one)]:
                if self._has_room(website):
                    waiting.remove(website)
                    results += self._start(website)
            results += self._ended()
            if self._active:
                time.sleep(POLL_SECONDS)
        places = {website.id: place for place, website in enumerate(websites)}
        return sorted(results, key=lambda one: places[one.website.id])

    def _has_room(self, website: Website) -> bool:
        shops = {shop_host(one.api_url) for one, _ in self._active.values()}
        return len(self._active) < MOST_AT_ONCE and shop_host(website.api_url) not in shops

    def _start(self, website: Website) -> list[Result]:
        try:
            claim = self._database.run(claims.claim_website, website.id, trigger="manual")
        except Refusal as refusal:
            return [_failed(website, refusal.code, sentence(refusal.code, "en"), "SKIPPED")]
        try:
            start_site_sync(self._function, website_id=website.id, run_id=claim.run_id, trigger="manual")
        except InvocationRefused as error:
            self._database.run(claims.give_back, claim)
            return [_failed(website, "NOT_STARTED", str(error))]
        self._active[claim.run_id] = (website, self._progress.add_task(website.domain, total=None))
        return []

    def _ended(self) -> list[Result]:
        results = []
        for run_id, (website, task) in list(self._active.items()):
            found = self._database.run(runs.find, run_id)
            if found is not None:
                self._show(task, found)
            if found is None or found.status in FINISHED:
                del self._active[run_id]
                results.append(_result(website, found))
        return results

    def _show(self, task: TaskID, found: Run) -> None:
        read = found.counts.orders_fetched
        expected = read if found.status in FINISHED else found.expected_orders
        self._progress.update(task, completed=read, total=expected)


def _result(website: Website, found: Run | None) -> Result:
    if found is None:
        return _failed(website, "WEBSITE_NOT_FOUND", sentence("WEBSITE_NOT_FOUND", "en"))
    summary = dict(summary_of(found, "COMPLETED")) | {"status": found.status}
    message = sentence(found.error_code, "en", found.error_parameters) if found.error_code else ""
    return Result(website, summary, message)


def _failed(website: Website, code: str, message: str, status: str = "FAILED") -> Result:
    return Result(website, {"websiteId": website.id, "status": status, "errorCode": code}, message)


def _sentence(summary: dict[str, Any]) -> str:
    code = summary["errorCode"]
    return sentence(code, "en", {"permission": "unknown", **summary.get("errorParameters", {})}) if code else ""


def _row(one: Result) -> tuple[str, ...]:
    counts = (str(one.summary.get(name, "")) for name in COUNTS)
    return (one.website.domain, str(one.summary["status"]), *counts, one.message)


def _progress(*, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console(error=True), transient=True, disable=not shown)
