"""Quarantined orders, each asked for alone once more."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from magento_sync.errors import ShopError
from magento_sync.magento.client import Effort
from magento_sync.magento.http.failures import InternalError, NoSuchEntity, RequestFailed
from magento_sync.magento.orders.page import Page
from magento_sync.magento.orders.requests import read_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magento_sync.magento.client import MagentoClient
    from magento_sync.magento.orders.requests import RequestStyle


def retry_quarantined(
    client: MagentoClient,
    order_ids: Sequence[int],
    stores: Sequence[int],
    style: RequestStyle,
    shop_answers: Callable[[], bool],
) -> Page:
    """Reads orders that could not be read before; to be called after a page has succeeded.

    An order that fails again counts as tried even if the shop fails with it: an order that takes the shop down must not
    be tried at every run. Once the shop itself fails, the others wait for another run.
    `stores` are the website's store views; orders of others are recorded and skipped. `shop_answers` sends the control
    request.
    """
    orders, damaged, elsewhere = [], [], []
    with suppress(ShopError):
        for order_id in order_ids:
            try:
                order = read_order(client, order_id, style, Effort(attempts=1))
            except (NoSuchEntity, InternalError):
                damaged.append(order_id)
            except RequestFailed:
                damaged.append(order_id)
                if not shop_answers():
                    break
            else:
                if order.is_elsewhere(stores):
                    elsewhere.append(order_id)
                else:
                    orders.append(order)
    return Page(orders, last=True, damaged=damaged, elsewhere=elsewhere, certain_up_to=0)
