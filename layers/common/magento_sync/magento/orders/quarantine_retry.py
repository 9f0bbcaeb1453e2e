"""Quarantined orders, each tried alone once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.errors import ShopError, ShopUnavailable
from magento_sync.magento.http.responses import AnswerUnusable, NoSuchEntity, may_be_the_orders
from magento_sync.magento.orders.requests import Page, read_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.requests import RequestStyle


def retry_quarantined(
    client: MagentoClient, order_ids: Sequence[int], stores: Sequence[int], style: RequestStyle
) -> tuple[Page, ShopError | None]:
    """What has become of orders that could not be read; call it after a page has succeeded.

    Args:
        client: The shop.
        order_ids: Which orders.
        stores: Ids of the website's store views; orders of others are noted and passed over.
        style: How requests are written.

    Returns:
        What has become of those that were tried, and what kept the others from it, if anything did.
    """
    stopped_by: ShopError | None = None
    orders, damaged, elsewhere = [], [], []
    for order_id in order_ids:
        try:
            order = read_order(client, order_id, style)
        except NoSuchEntity:
            damaged.append(order_id)
            continue
        except ShopError as failure:
            if not may_be_the_orders(failure):
                stopped_by = failure
                break
            # The attempt counts, or one order that takes the shop down would be tried at every run.
            damaged.append(order_id)
            if _all_of_the_shop(failure):
                break
            continue
        if order.get("store_id") in stores:
            orders.append(order)
        else:
            elsewhere.append(order_id)
    return Page(orders, last=True, damaged=damaged, elsewhere=elsewhere, certain_up_to=0), stopped_by


def _all_of_the_shop(failure: ShopError) -> bool:
    """Whether the shop itself seems to have gone down, so that the other orders are to wait."""
    return isinstance(failure, ShopUnavailable) and not isinstance(failure, AnswerUnusable)
