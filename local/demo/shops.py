"""The three local shops, and the websites that read them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.network import is_free
from local.shop import Integration, Latency, Shop, ShopSettings, recorded_orders, recorded_stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class LocalShop:
    """A shop with the recorded orders.

    Attributes:
        name: Short, for people.
        about: What is special about it.
        domains: Addresses of its store views by their id.
        bearer_allowed: Whether it takes an integration's token as Bearer.
        bearer_sent: Whether its websites send one; else they sign with OAuth.
    """

    name: str
    about: str
    domains: Mapping[int, str]
    bearer_allowed: bool
    bearer_sent: bool

    @property
    def integration(self) -> Integration:
        """Who may call it."""
        return Integration.named(self.name)

    @property
    def credentials(self) -> dict[str, str]:
        """What its websites have in SSM."""
        return {"bearerToken": self.integration.access_token} if self.bearer_sent else self.integration.oauth

    @contextmanager
    def serving(self, port: int) -> Iterator[str]:
        """Serves at the pace of a real shop, on that port if it is free; gives the address."""
        shop = Shop(
            recorded_orders(),
            stores=recorded_stores(self.domains),
            integrations=[self.integration],
            settings=ShopSettings(bearer_allowed=self.bearer_allowed, latency=Latency()),
        )
        with shop.serving(port if port and is_free(port) else 0) as address:
            yield address


MOKKEN = LocalShop(
    "mokken",
    "takes a Bearer token",
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
TASSEN = LocalShop(
    "tassen",
    "takes OAuth only, as stock 2.4.7 does",
    {1: "https://tassen.example/", 2: "https://tassen.example/nl/"},
    bearer_allowed=False,
    bearer_sent=False,
)
FIETSEN = LocalShop(
    "fietsen",
    "refuses its Bearer token, to show how a failure is told",
    {1: "https://fietsen.example/"},
    bearer_allowed=False,
    bearer_sent=True,
)
SHOPS = (MOKKEN, TASSEN, FIETSEN)
MEANT_TO_FAIL = FIETSEN
