"""The three questions that people ask, answered from the checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magento_sync.db.customer_rows import has_unique_email_index
from magento_sync.db.stale_runs import LEASE_MINUTES
from ops.output import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.run_record import Run
    from ops.doctor.check import Result
    from ops.doctor.patient import Patient

NO_CUSTOMERS = "Why are no customers stored?"
DUPLICATES = "Why are duplicates stored?"
ENDLESS = "Why does a sync not stop?"
BLOCKING = {"functions", "database", "migration", "rights", "row level security", "schedule", "stalled runs"}


@dataclass(frozen=True)
class Reply:
    """The answer to one question about one website."""

    website: str
    question: str
    answer: str


def replies(patient: Patient, system: Sequence[Result], own: Sequence[Result]) -> list[Reply]:
    """Returns the answers for a website whose row could be read; otherwise the checks say it all."""
    if any(one.state == "fail" and one.name in {"database", "migration", "rights"} for one in system):
        return []
    if own[0].state == "fail":
        return []
    domain = patient.website.domain
    return [
        Reply(domain, NO_CUSTOMERS, _no_customers(patient, system, own)),
        Reply(domain, DUPLICATES, _duplicates(patient)),
        Reply(domain, ENDLESS, _endless(patient)),
    ]


def _no_customers(patient: Patient, system: Sequence[Result], own: Sequence[Result]) -> str:
    if not patient.website.auto_upload:
        return "Auto-upload is off: no sync starts for this website."
    # A failure of the last run may be cured by now: what is found today comes first.
    today = [one for one in own if one.name != "last run"]
    past = [one for one in own if one.name == "last run"]
    broken = [one for one in system if one.name in BLOCKING] + today + past
    first = next((one for one in broken if one.state == "fail"), None)
    if first is not None:
        return f"Because of `{first.name}`: {first.finding}. {first.cure}"
    if not patient.newest:
        return "The shop shows no orders for this website's store views."
    counts = patient.outcomes
    if patient.website.watermark < patient.newest_id:
        return (
            f"Orders up to {patient.newest_id} wait for the next sync (watermark {patient.website.watermark}), due "
            f"{moment(patient.state.next_due)} UTC. `run` starts one now."
        )
    if counts["imported"]:
        return f"They are stored: {counts['imported']} of the {counts.total()} newest orders became customers."
    reasons = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.most_common())
    return f"The newest orders were handled, and none became a new customer: {reasons}."


def _duplicates(patient: Patient) -> str:
    repeated = patient.repeated_emails
    if not patient.system.operator.database.run(has_unique_email_index):
        return (
            "The unique index on (websiteId, email) is missing, so that every purchase date of an e-mail becomes a "
            f"customer; {repeated} e-mails have several. The same order is never stored twice."
        )
    if repeated:
        return (
            f"{repeated} e-mails have several customers that differ in upper and lower case. Syncs compare without "
            "regard to case: the app stored these itself."
        )
    return "None are: the unique index allows one customer for each e-mail of a website."


def _endless(patient: Patient) -> str:
    run = patient.run
    if patient.website.status != "RUNNING":
        return "None is running."
    if run is None or run.id != patient.website.run_id:
        return "The website says RUNNING, but no run holds it. The next fan-out frees it after half an hour."
    if run.status == "QUEUED":
        return "It waits for its next invocation. The next fan-out sends it again, or `run` shows what prevents it."
    silent = patient.system.server.now - (run.heartbeat_at or run.queued_at)
    if silent > timedelta(minutes=LEASE_MINUTES):
        return (
            f"It has died: no sign of life for {silent // timedelta(minutes=1)} minutes. The next fan-out closes it; "
            "if it does not, the schedule does not run."
        )
    return _progress(run)


def _progress(run: Run) -> str:
    expected = f" of about {run.expected_orders}" if run.expected_orders else ""
    stopping = " It was asked to stop, and stops after its page." if run.stop_requested_at else ""
    probing = " It reads order by order, because the shop's list is unusable." if run.method == "probing" else ""
    return (
        f"It works: {run.counts.orders_fetched}{expected} orders since {moment(run.started_at)} UTC, in "
        f"{run.invocations} invocations; the last page was stored at {moment(run.heartbeat_at)} UTC.{probing}{stopping}"
    )
