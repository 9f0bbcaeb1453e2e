"""Looks at a shop's numbering: has it begun anew, and where do recent orders begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.answers import about_the_request
from magento_sync.magento.orders import BEYOND_ALL_IDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.discovery import Discovery


UNDATED_IN_A_ROW = 20
CLOCKS_DIFFER = timedelta(days=1)


def check_start_over(
    discovery: Discovery, watermark: int, window: int, recorded_at: Callable[[int], datetime | None]
) -> None:
    """Looks whether the shop was restored or reinstalled: its ids begin anew, and it would look idle for ever.

    Args:
        discovery: The order list.
        watermark: The highest id that was handled.
        window: How far below the watermark the newest id may lie because orders were deleted.
        recorded_at: When an id was handled, in UTC, if it was.

    Raises:
        ShopNeedsPerson: `SHOP_RESET`: the newest order lies further below the watermark, or it is younger than our record of
            its id.
    """
    try:
        newest = discovery.newest().orders
    except ShopUnavailable as failure:
        if failure.retry_after is not None or not about_the_request(failure):
            raise
        return  # a damaged order; there is another day
    newest_id = int(newest[0]["entity_id"]) if newest else 0
    if newest_id > watermark:
        return
    recorded = recorded_at(newest_id)
    reused = bool(newest and recorded and (_created_at(newest[0]) or recorded) > recorded + CLOCKS_DIFFER)
    if reused or not newest or newest_id < watermark - window:
        raise ShopNeedsPerson("SHOP_RESET", {"newest": newest_id, "watermark": watermark})


def last_before(discovery: Discovery, moment: datetime) -> int:
    """The highest id of an order placed before a moment (UTC), or 0; in O(log n) small requests.

    By bisection, because a filter on `created_at` fails where an extension joins tables; takes ids to rise with time.

    Raises:
        ShopError: The shop cannot be read.
    """
    low, high = 0, BEYOND_ALL_IDS
    while low < high:
        middle = (low + high) // 2
        order_id, created = _first_dated_above(discovery, middle)
        if created is not None and created < moment:
            low = order_id
        else:
            high = middle
    return low


def _first_dated_above(discovery: Discovery, order_id: int) -> tuple[int, datetime | None]:
    """The next order that tells when it was placed: imported ones may have a zero date."""
    for _ in range(UNDATED_IN_A_ROW):
        orders = discovery.first_above(order_id).orders
        if not orders:
            break
        order_id, created = int(orders[0]["entity_id"]), _created_at(orders[0])
        if created is not None:
            return order_id, created
    return order_id, None


def _created_at(order: dict[str, object]) -> datetime | None:
    """Magento's `created_at` is UTC without saying so; an extension's may name a zone."""
    try:
        moment = datetime.fromisoformat(str(order.get("created_at")))
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
