"""A row of `MagentoSyncRun`, and the counts in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple, dataclass, replace
from operator import add
from typing import TYPE_CHECKING

from magento_sync.db.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from magento_sync.db.connection.transaction import Row

LARGEST_COUNT = 2**31 - 1  # the column's maximum; a shop can report any number
FINISHED = frozenset({"COMPLETED", "FAILED", "STOPPED", "ABANDONED"})


@dataclass(frozen=True)
class Counts:
    """How many orders of a page or a run had which outcome."""

    orders_fetched: int = 0
    imported: int = 0
    duplicates: int = 0
    repeat_purchases: int = 0
    without_email: int = 0
    failed: int = 0

    @classmethod
    def of(cls, fetched: int, outcomes: Mapping[int, Outcome]) -> Counts:
        """Counts outcomes by order id; orders that an earlier page handled count as fetched only."""
        tally = Counter(outcomes.values())
        return cls(
            orders_fetched=fetched,
            imported=tally[Outcome.IMPORTED],
            duplicates=tally[Outcome.DUPLICATE],
            repeat_purchases=tally[Outcome.REPEAT_PURCHASE],
            without_email=tally[Outcome.NO_EMAIL],
            failed=tally[Outcome.FAILED],
        )

    def __add__(self, other: Counts) -> Counts:
        """Returns the sum of each count."""
        return Counts(*map(add, astuple(self), astuple(other)))


@dataclass(frozen=True)
class Progress:
    """What a page adds to its run.

    Attributes:
        expected: How many orders remained before this page, if the shop counts them.
        method: `discovery` or `probing`, for which there is a reason.
        probe_cursor: The highest id that probing has looked up, and the highest id that exists; None without probing.
    """

    counts: Counts
    watermark: int
    expected: int | None
    method: str
    method_reason: str | None
    probe_cursor: tuple[int, int] | None


@dataclass(frozen=True)
class Run:
    """One sync of one website from claim to finish.

    Attributes:
        probe_cursor: The highest id that probing has looked up, and the highest id that exists; None without probing.
        idle_invocations: How many of the latest invocations, the current one included, have stored no page.
    """

    id: str
    website_id: str
    shop: str
    trigger: str
    status: str
    token: str | None
    method: str | None
    method_reason: str | None
    counts: Counts
    expected_orders: int | None
    from_entity_id: int | None
    to_entity_id: int | None
    probe_cursor: tuple[int, int] | None
    error_code: str | None
    error_message: str | None
    error_parameters: Mapping[str, str | int]
    invocations: int
    idle_invocations: int
    queued_at: datetime
    started_at: datetime | None
    heartbeat_at: datetime | None
    finished_at: datetime | None
    stop_requested_at: datetime | None

    def after(self, progress: Progress) -> Run:
        """Returns the run with a page's progress added."""
        expected = None
        if progress.method != "probing":
            remaining = None if progress.expected is None else self.counts.orders_fetched + progress.expected
            known = [count for count in (self.expected_orders, remaining) if count is not None]
            expected = min(max(known), LARGEST_COUNT) if known else None
        return replace(
            self,
            counts=self.counts + progress.counts,
            expected_orders=expected,
            to_entity_id=progress.watermark,
            method=progress.method,
            method_reason=progress.method_reason,
            probe_cursor=progress.probe_cursor or self.probe_cursor,
            idle_invocations=0,
        )


def run_from_row(row: Row) -> Run:
    """Returns the run of a row."""
    return Run(
        id=row["id"],
        website_id=row["websiteId"],
        shop=row["shop"],
        trigger=row["trigger"],
        status=row["status"],
        token=row["token"],
        method=row["method"],
        method_reason=row["methodReason"],
        counts=Counts(
            orders_fetched=row["ordersFetched"],
            imported=row["importedCustomers"],
            duplicates=row["duplicates"],
            repeat_purchases=row["repeatPurchases"],
            without_email=row["withoutEmail"],
            failed=row["failedOrders"],
        ),
        expected_orders=row["expectedOrders"],
        from_entity_id=row["fromEntityId"],
        to_entity_id=row["toEntityId"],
        probe_cursor=None if row["probedUpTo"] is None else (row["probedUpTo"], row["existsUpTo"] or 0),
        error_code=row["errorCode"],
        error_message=row["errorMessage"],
        error_parameters=row["errorParameters"] or {},
        invocations=row["invocations"],
        idle_invocations=row["idleInvocations"],
        queued_at=row["queuedAt"],
        started_at=row["startedAt"],
        heartbeat_at=row["heartbeatAt"],
        finished_at=row["finishedAt"],
        stop_requested_at=row["stopRequestedAt"],
    )
