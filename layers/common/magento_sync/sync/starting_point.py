"""What a sync knows before it asks the shop for anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.magento.shop import ReaderState
from magento_sync.sync.first_import import cutoff_of

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.reading_progress import ReadingProgress
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

    @property
    def has_more_to_ask(self) -> bool:
        """Whether the shop may be asked for more after the last page."""
        return bool(self.to_retry) or self.newest_id_check_is_due


def starting_point(
    website: Website, progress: ReadingProgress, settings: Settings, run: Run | None = None
) -> StartingPoint:
    """Returns where an acquired run starts, or else a dry run."""
    reader = ReaderState(
        known=[*progress.newest, *([website.watermark] if website.watermark else [])],
        damaged=progress.damaged,
        cursor=ProbeCursor(*(run.probe_cursor or ())) if run else ProbeCursor(),
    )
    return StartingPoint(
        reader=reader,
        cutoff=cutoff_of(website, settings, progress.first_import_began),
        gaps=[order_id for order_id in progress.gaps if order_id > website.floor],
        to_retry=progress.to_retry,
        newest_id_check_is_due=progress.newest_id_check_is_due,
    )
