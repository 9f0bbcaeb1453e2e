"""The local shops of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.shop import (
    MEASURED,
    Integration,
    Latency,
    Shop,
    ShopSettings,
    many_orders,
    recorded_orders,
    recorded_stores,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any


@dataclass(frozen=True)
class DemoShop:
    """A shop, by default with the recorded orders.

    Attributes:
        name: Its name on the screen.
        description: What makes it different.
        domains: Addresses of its store views by their id.
        bearer_allowed: Whether it accepts an integration's token as Bearer.
        bearer_sent: Whether its websites send a Bearer token; otherwise they use OAuth.
        latency: Its speed.
    """

    name: str
    description: str
    domains: Mapping[int, str]
    bearer_allowed: bool
    bearer_sent: bool
    latency: Latency = MEASURED

    @property
    def integration(self) -> Integration:
        """Its integration."""
        return Integration.named(self.name)

    @property
    def credentials(self) -> dict[str, str]:
        """The credentials of its websites in SSM."""
        return {"bearerToken": self.integration.access_token} if self.bearer_sent else self.integration.oauth

    def open(self, orders: Iterable[dict[str, Any]] | None = None) -> Shop:
        """Returns the shop, which does not serve yet."""
        return Shop(
            recorded_orders() if orders is None else orders,
            stores=recorded_stores(self.domains),
            integrations=[self.integration],
            settings=ShopSettings(bearer_allowed=self.bearer_allowed, latency=self.latency),
        )


MOKKEN = DemoShop(
    "mokken",
    "accepts a Bearer token",
    {
        1: "https://mokken.example/",
        2: "https://mokken.example/nl/",
        3: "https://lampen.example/",
        4: "https://lampen.example/",
        6: "https://lampen.example/fr/",
    },
    bearer_allowed=True,
    bearer_sent=True,
)
TASSEN = DemoShop(
    "tassen",
    "accepts OAuth only, like a stock Magento 2.4.7",
    {1: "https://tassen.example/", 2: "https://tassen.example/nl/"},
    bearer_allowed=False,
    bearer_sent=False,
)
FIETSEN = DemoShop(
    "fietsen",
    "refuses its Bearer token, to show a failure",
    {1: "https://fietsen.example/"},
    bearer_allowed=False,
    bearer_sent=True,
)
KLOMPEN = DemoShop(
    "klompen",
    "is slow, and has an order that Magento cannot show",
    {1: "https://klompen.example/"},
    bearer_allowed=False,
    bearer_sent=False,
    latency=Latency(per_request=0.3, per_order=0.01),
)
DAMAGED_ORDER = 7
SHOPS = (MOKKEN, TASSEN, FIETSEN, KLOMPEN)
MEANT_TO_FAIL = FIETSEN


def klompen_orders(count: int, watermark: int) -> list[dict[str, Any]]:
    """Returns orders 1 to `count`, or to the watermark if an earlier `make run` has read more orders.

    Without the latter, the shop would look as if its numbering had started over.
    """
    orders = many_orders(max(count, watermark))
    return [{**order, "entity_id": number} for number, order in enumerate(orders, 1)]
