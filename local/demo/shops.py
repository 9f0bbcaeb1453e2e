"""The three local shops of the demo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.shop import MEASURED, Integration, Shop, ShopSettings, recorded_orders, recorded_stores

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager


@dataclass(frozen=True)
class DemoShop:
    """A shop with the recorded orders.

    Attributes:
        name: Its name on the screen.
        description: What makes it different.
        domains: Addresses of its store views by their id.
        bearer_allowed: Whether it accepts an integration's token as Bearer.
        bearer_sent: Whether its websites send a Bearer token; otherwise they use OAuth.
    """

    name: str
    description: str
    domains: Mapping[int, str]
    bearer_allowed: bool
    bearer_sent: bool

    @property
    def integration(self) -> Integration:
        """Its integration."""
        return Integration.named(self.name)

    @property
    def credentials(self) -> dict[str, str]:
        """The credentials of its websites in SSM."""
        return {"bearerToken": self.integration.access_token} if self.bearer_sent else self.integration.oauth

    def serving(self) -> AbstractContextManager[str]:
        """Serves at the speed of a real shop within a `with` block, which gets the address."""
        return Shop(
            recorded_orders(),
            stores=recorded_stores(self.domains),
            integrations=[self.integration],
            settings=ShopSettings(bearer_allowed=self.bearer_allowed, latency=MEASURED),
        ).serving()


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
SHOPS = (MOKKEN, TASSEN, FIETSEN)
MEANT_TO_FAIL = FIETSEN
