"""A shop's numbering: whether it has started over, and where recent orders begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.http.failures import RequestFailed
from magento_sync.magento.orders.diagnosis import Control, control_of
from magento_sync.magento.orders.requests import FilterIgnored

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.orders.list_reader import ListReader
    from magento_sync.magento.orders.order import Order

CLOCKS_DIFFER = timedelta(days=1)
MOST_DELETED = 300  # ids; so many of the newest orders may be deleted, even if fewer gaps are read again


def check_start_over(
    reader: ListReader, watermark: int, window: int, recorded_at: Callable[[int], datetime | None]
) -> None:
    """Checks whether the shop was restored or reinstalled: its ids start over, and it would look idle for ever.

    A newest order that cannot be read leaves the check for another day. Deletions may put the newest id below the
    watermark, as far as the window or `MOST_DELETED`. `recorded_at` returns when an id was handled, in UTC, if it was.

    Raises:
        ShopNeedsPerson: `SHOP_RESET`: the newest order is further below, or younger than our record of its id.
    """
    try:
        newest = reader.first(whole_shop=True, newest_first=True)  # ids are shared by all stores
    except RequestFailed:
        return
    if newest.newest_id > watermark:
        return
    is_reused = any(_is_younger(order, recorded_at(order.id)) for order in newest.orders)
    if is_reused or not newest.orders or newest.newest_id < watermark - max(window, MOST_DELETED):
        if newest.orders and reader.first(whole_shop=True, after=newest.newest_id).orders:
            return  # the shop ignores the sort
        raise ShopNeedsPerson("SHOP_RESET", {"newest": newest.newest_id, "watermark": watermark})


def _is_younger(order: Order, recorded: datetime | None) -> bool:
    """Returns whether an order was placed after an order of its id was handled. A date in the future proves nothing."""
    placed = order.created_at
    if placed is None or recorded is None or placed > datetime.now(UTC).replace(tzinfo=None) + CLOCKS_DIFFER:
        return False
    return placed > recorded + CLOCKS_DIFFER


def last_id_before(reader: ListReader, moment: datetime) -> int:
    """Returns the id below the first order placed at a moment (UTC) or later; the newest id if all orders are older.

    Returns 0 if the shop cannot filter by date, or contradicts itself: then each order is judged by its own date.

    Raises:
        ShopError: The shop fails altogether.
    """
    try:
        recent = reader.first(placed_from=moment)
        if recent.orders:
            return recent.orders[0].id - 1
        newest = reader.first(newest_first=True)
    except FilterIgnored:
        return 0
    except RequestFailed as failure:
        if control_of(failure) is Control.REFUSED:
            raise
        return 0
    is_older = all(order.created_at is not None and order.created_at < moment for order in newest.orders)
    return newest.newest_id if is_older else 0
