"""Time in which only waits and requests pass, for tests of shops that limit the rate of requests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from magento_sync.magento import client
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.orders import narrowing
from magento_sync.magento.pace import Pace

if TYPE_CHECKING:
    import pytest

REQUEST_SECONDS = 0.05


class VirtualTime:
    """A clock that waits and requests move.

    Attributes:
        waits: The waits of clients in seconds.
    """

    def __init__(self) -> None:
        """Starts at zero."""
        self.waits: list[float] = []
        self._requests = 0

    def now(self) -> float:
        """Returns the seconds that have passed."""
        return sum(self.waits) + self._requests * REQUEST_SECONDS

    def at_request(self) -> float:
        """Returns the time at which a shop answers a request, which takes some."""
        self._requests += 1
        return self.now()

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Makes clients wait in this time."""
        module = SimpleNamespace(monotonic=self.now)
        defaults = MagentoClient.__init__.__kwdefaults__ or {}
        patch.setitem(defaults, "sleep", self.waits.append)
        patch.setattr(Pace.__init__, "__defaults__", (self.now,))
        for place in (client, narrowing):
            patch.setattr(place, "time", module)
