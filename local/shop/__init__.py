"""A shop that answers as a recorded Magento 2.4.7 does, and refuses what that shop refuses.

    shop = Shop(recorded_orders(), integrations=[Integration.named("sync")])
    with shop.serving() as address:
        ...

In this package, a number in brackets such as (52) names files of `tests/recordings`, and #37278 an issue of Magento.
"""

from local.shop.data.generator import many_orders
from local.shop.data.template import recorded_orders, recorded_stores
from local.shop.settings import ALL, MEASURED, ORDERS, STORES, Integration, Latency, ShopSettings
from local.shop.shop import Shop

__all__ = [
    "ALL",
    "MEASURED",
    "ORDERS",
    "STORES",
    "Integration",
    "Latency",
    "Shop",
    "ShopSettings",
    "many_orders",
    "recorded_orders",
    "recorded_stores",
]
