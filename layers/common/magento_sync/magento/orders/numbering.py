"""Looks at a shop's numbering: has it begun anew, and where do recent orders begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.http.responses import about_the_request, may_be_the_orders
from magento_sync.magento.orders.requests import BEYOND_ALL_IDS, created_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.orders.list_reader import ListReader
    from magento_sync.magento.orders.requests import Order


UNDATED_IN_A_ROW = 20
CLOCKS_DIFFER = timedelta(days=1)
MOST_DELETED = 300  # ids; so many of the newest orders may be deleted, though fewer gaps are looked at


def check_start_over(
    discovery: ListReader, watermark: int, window: int, recorded_at: Callable[[int], datetime | None]
) -> None:
    """Looks whether the shop was restored or reinstalled: its ids begin anew, and it would look idle for ever.

    Args:
        discovery: The order list.
        watermark: The highest id that was handled.
        window: How far below the watermark the newest id may lie because orders were deleted, or `MOST_DELETED` if that is more.
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
    reused = bool(newest) and _used_again(newest[0], recorded_at(newest_id))
    if reused or not newest or newest_id < watermark - max(window, MOST_DELETED):
        if newest and discovery.any_above(newest_id):
            return  # the shop ignores that the newest was asked for
        raise ShopNeedsPerson("SHOP_RESET", {"newest": newest_id, "watermark": watermark})


def _used_again(order: Order, recorded: datetime | None) -> bool:
    """Whether an order was placed after we had handled one of its id. A date of the future says nothing."""
    placed = created_at(order)
    if placed is None or recorded is None or placed > datetime.now(UTC).replace(tzinfo=None) + CLOCKS_DIFFER:
        return False
    return placed > recorded + CLOCKS_DIFFER


def last_before(discovery: ListReader, moment: datetime) -> int:
    """The id below the first order placed at a moment (UTC) or later; the newest id where all are older, 0 where there is none.

    Ids need not rise with time: an import may bring old orders under new ids. Only where the shop cannot be asked by date is that taken
    for granted, and the first recent order looked for by bisection, in O(log n) small requests.

    Raises:
        ShopError: The shop cannot be read.
    """
    try:
        recent = discovery.first_placed_from(moment).orders
        newest = recent or discovery.newest_of_the_website().orders
    except ShopError as failure:
        if not may_be_the_orders(failure) and failure.code != "FILTER_IGNORED":
            raise
        return _last_before_by_bisection(discovery, moment)
    if recent:
        return int(recent[0]["entity_id"]) - 1
    placed = created_at(newest[0]) if newest else None
    if newest and (placed is None or placed >= moment):
        return _last_before_by_bisection(discovery, moment)
    return int(newest[0]["entity_id"]) if newest else 0


def _last_before_by_bisection(discovery: ListReader, moment: datetime) -> int:
    low, high = 0, BEYOND_ALL_IDS
    while low < high:
        middle = (low + high) // 2
        order_id, created = _first_dated_above(discovery, middle)
        if created is not None and created < moment:
            low = order_id
        else:
            high = middle
    return low


def _first_dated_above(discovery: ListReader, order_id: int) -> tuple[int, datetime | None]:
    """The next order that tells when it was placed: imported ones may have a zero date."""
    for _ in range(UNDATED_IN_A_ROW):
        orders = discovery.first_above(order_id).orders
        if not orders:
            break
        order_id, created = int(orders[0]["entity_id"]), created_at(orders[0])
        if created is not None:
            return order_id, created
    return order_id, None
