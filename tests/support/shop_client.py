"""Clients of a shop whose waits are noted instead of slept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.deadline import Deadline
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.credentials import BearerToken
from magento_sync.magento.auth.identity import Identity
from magento_sync.magento.client import MagentoClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.http.log import LoggedRequest
    from magento_sync.magento.auth.credentials import Credentials


def client_of(  # noqa: PLR0913 - what a client is made of
    address: str,
    credentials: Credentials | str,
    *,
    seconds: float = 60.0,
    waits: list[float] | None = None,
    allow_private: bool = True,
    chance: float = 1.0,
    sleep: Callable[[float], None] | None = None,
) -> MagentoClient:
    """Returns a client.

    Args:
        address: The shop's.
        credentials: They; a text is a bearer token.
        seconds: Until its deadline, of which only waits take any.
        waits: Where its waits are noted.
        allow_private: Whether the shop may be on this machine.
        chance: What spreads its waits, from 0 to 1.
        sleep: What makes the waits instead of noting them.
    """
    noted = waits if waits is not None else []
    used = BearerToken(credentials) if isinstance(credentials, str) else credentials
    return MagentoClient(
        shop_address(address, allow_insecure=True),
        Identity(lambda *, fresh=False: used),  # noqa: ARG005
        deadline=Deadline(seconds, clock=lambda: sum(noted)),
        allow_private=allow_private,
        sleep=sleep or noted.append,
        chance=lambda: chance,
    )


def max_concurrent(requests: list[LoggedRequest]) -> int:
    """Returns how many of the requests were in progress at the same time."""
    edges = sorted([(one.started, 1) for one in requests] + [(one.ended, -1) for one in requests])
    most = running = 0
    for _, step in edges:
        running += step
        most = max(most, running)
    return most
