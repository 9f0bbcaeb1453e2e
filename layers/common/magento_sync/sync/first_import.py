"""How far back a website's first import goes, so that nobody is mailed about a purchase of years ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.db import runs
from magento_sync.db.ledger import LARGEST_WATERMARK

if TYPE_CHECKING:
    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.magento.shop import Shop
    from magento_sync.settings import Settings


def oldest_wanted(
    database: Database, website: Website, settings: Settings, run_id: str | None = None
) -> datetime | None:
    """The moment (UTC) before which orders are too old for the website, or None.

    Counted from when the first import began, whichever run goes on with it: what was too old once does not become a customer later.

    Args:
        database: The app's.
        website: Whose orders.
        settings: The operator's.
        run_id: The run that reads; None for a look that belongs to no run.
    """
    if not settings.first_import_days:
        return None
    began = database.run(runs.first_import_began, website.id, run_id)
    if began is None and run_id is None and _nothing_read_yet(website):
        began = datetime.now(UTC).replace(tzinfo=None)
    return began - timedelta(days=settings.first_import_days) if began else None


def too_old_up_to(shop: Shop, website: Website, oldest: datetime | None) -> int:
    """Up to which id orders are too old; 0 where that is not known.

    Raises:
        ShopError: The shop cannot be read.
    """
    return min(shop.last_before(oldest), LARGEST_WATERMARK) if oldest and _nothing_read_yet(website) else 0


def _nothing_read_yet(website: Website) -> bool:
    return not website.watermark and not website.floor
