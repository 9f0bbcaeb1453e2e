"""How far back a website's first import goes, so that nobody is mailed about a purchase of years ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.db.ledger import LARGEST_WATERMARK

if TYPE_CHECKING:
    from magento_sync.db.websites import Website
    from magento_sync.magento.shop import Shop
    from magento_sync.settings import Settings


def cutoff_of(website: Website, settings: Settings, began: datetime | None) -> datetime | None:
    """Returns the moment (UTC) before which orders are too old for the website, or None where there is no limit.

    The cutoff is fixed when the first import began: an order that was too old once does not become a customer later.
    Where it has not begun, as in a dry run, it begins now.
    """
    if not settings.first_import_days:
        return None
    if began is None and _has_read_nothing(website):
        began = datetime.now(UTC).replace(tzinfo=None)
    return began - timedelta(days=settings.first_import_days) if began else None


def too_old_up_to(shop: Shop, website: Website, cutoff: datetime | None) -> int:
    """Returns the id up to which orders are too old; 0 where that is not known.

    Raises:
        ShopError: The shop cannot be read.
    """
    return min(shop.last_id_before(cutoff), LARGEST_WATERMARK) if cutoff and _has_read_nothing(website) else 0


def _has_read_nothing(website: Website) -> bool:
    return not website.watermark and not website.floor
