"""What a sync knows before it asks the shop for anything, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db import ledger, runs
from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.magento.shop import ReaderState
from magento_sync.sync.first_import import cutoff_of

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.db.run_record import Run
    from magento_sync.db.websites import Website
    from magento_sync.settings import Settings


@dataclass(frozen=True)
class StartingPoint:
    """Where an invocation, or a dry run, starts.

    Attributes:
        reader: What the reader of the shop's orders must know.
        cutoff: The moment (UTC) before which orders are too old; None where there is no limit.
        gaps: The ids below the watermark that may still appear.
        to_retry: The quarantined orders that the run retries.
        newest_id_check_is_due: Whether to check that the shop has not started its numbers over.
    """

    reader: ReaderState
    cutoff: datetime | None
    gaps: list[int]
    to_retry: list[int]
    newest_id_check_is_due: bool


def starting_point(
    transaction: Transaction, website: Website, settings: Settings, run: Run | None = None
) -> StartingPoint:
    """Returns where the run starts that the transaction has acquired, or else a dry run."""
    known = ledger.newest_order_ids(transaction, website.id)
    reader = ReaderState(
        known=[*known, *([website.watermark] if website.watermark else [])],
        damaged=ledger.count_newly_damaged(transaction, run.id, website.id) if run else 0,
        cursor=ProbeCursor(*(run.probe_cursor or ())) if run else ProbeCursor(),
    )
    return StartingPoint(
        reader=reader,
        cutoff=cutoff_of(transaction, website, settings, run.id if run else None),
        gaps=gaps_of(transaction, website, settings),
        to_retry=ledger.due_for_retry(transaction, run) if run else [],
        newest_id_check_is_due=runs.newest_id_check_is_due(transaction, website.id) if run else False,
    )


def gaps_of(transaction: Transaction, website: Website, settings: Settings) -> list[int]:
    """Returns the website's ids below the watermark that may still appear."""
    window = settings.gap_window
    return ledger.gaps(transaction, website.id, watermark=website.watermark, floor=website.floor, window=window)
