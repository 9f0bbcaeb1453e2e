"""How a shop is set up: its switches, its speed, and who may call it."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

ORDERS = "Magento_Sales::actions_view"
STORES = "Magento_Backend::store"
ALL = frozenset({ORDERS, STORES})

State = Literal["active", "inactive", "revoked", "gone"]


@dataclass(frozen=True)
class Latency:
    """What requests cost, in seconds; the figures of a real shop on two cores.

    Attributes:
        at_once: How many requests the shop works on at the same time; the others wait.
    """

    per_request: float = 0.040
    per_order: float = 0.0052
    at_once: int = 2


@dataclass(frozen=True)
class ShopSettings:
    """The switches of a Magento, with the values of a stock 2.4.7.

    Attributes:
        bearer_allowed: Whether an integration's access token is taken as Bearer (`enable_integration_as_bearer`).
        max_page_size: The limit on page sizes; None where limits are off.
        silent_page_limit: A limit that is not told: longer pages are cut, and only `total_count` shows it.
        two_factor: Whether Magento_TwoFactorAuth is on: then no password gets a token.
        two_factor_providers: The providers that the admins have set up.
        legacy_paging: Whether a page past the end is the last page again, as before Magento 2.4.
        admin_token_lifetime: Seconds that an admin's token lives.
        max_request_line: Bytes of the request line that the web server takes (nginx: one buffer of 8 kB).
        folder: The path below which the shop lives, such as `/winkel`.
        latency: None answers at once.
    """

    bearer_allowed: bool = False
    max_page_size: int | None = None
    silent_page_limit: int | None = None
    two_factor: bool = False
    two_factor_providers: tuple[str, ...] = ()
    legacy_paging: bool = False
    admin_token_lifetime: float = 3600
    max_request_line: int = 8192
    folder: str = ""
    latency: Latency | None = None


@dataclass(frozen=True)
class Integration:
    """An integration of Magento's admin: two pairs of 32 characters, and what it may read.

    Attributes:
        state: `inactive` is switched off, `revoked` has a revoked token, `gone` is deleted or has a
            new token (57).
    """

    name: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    permissions: frozenset[str] = ALL
    state: State = "active"

    @classmethod
    def named(cls, name: str, permissions: frozenset[str] = ALL) -> "Integration":
        """An integration whose keys follow from its name."""
        return cls(
            name,
            consumer_key=secret(f"{name}.consumer_key"),
            consumer_secret=secret(f"{name}.consumer_secret"),
            access_token=secret(f"{name}.access_token"),
            access_token_secret=secret(f"{name}.access_token_secret"),
            permissions=permissions,
        )

    @property
    def oauth(self) -> dict[str, str]:
        """The credentials for OAuth, named as the connector's parameter names them."""
        return {
            "consumerKey": self.consumer_key,
            "consumerSecret": self.consumer_secret,
            "accessToken": self.access_token,
            "accessTokenSecret": self.access_token_secret,
        }


def secret(label: str) -> str:
    """32 characters that look like Magento's keys, always the same for a label."""
    return hashlib.sha256(label.encode()).hexdigest()[:32]
