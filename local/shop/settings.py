"""The settings of a shop, its speed, and its integrations."""

import hashlib
from dataclasses import dataclass, field
from typing import Literal

ORDERS = "Magento_Sales::actions_view"
STORES = "Magento_Backend::store"
ALL = frozenset({ORDERS, STORES})

IntegrationState = Literal["active", "inactive", "revoked", "gone"]


@dataclass(frozen=True)
class Latency:
    """The time that requests take, in seconds.

    Attributes:
        per_order: For each order of a response beyond `over`.
        at_once: How many requests the shop processes at the same time; others wait.
    """

    per_request: float = 0.0
    per_order: float = 0.0
    over: int = 0
    at_once: int = 100

    def seconds(self, orders: int) -> float:
        """Returns the time of a response with that many orders."""
        return self.per_request + self.per_order * max(orders - self.over, 0)


MEASURED = Latency(per_request=0.040, per_order=0.0052, at_once=2)
"""The time that a real shop on two cores takes."""


@dataclass(frozen=True)
class ShopSettings:
    """The settings of a Magento, with the values of a stock 2.4.7.

    Attributes:
        bearer_allowed: Whether an integration's access token is accepted as Bearer (`enable_integration_as_bearer`).
        max_page_size: The limit on page sizes; None for no limit.
        silent_page_limit: A limit that only `total_count` reveals: longer pages are cut.
        two_factor: Whether Magento_TwoFactorAuth is on: then no password gets a token.
        two_factor_providers: The providers that the admins have set up.
        legacy_paging: Whether a page past the end repeats the last page, as before Magento 2.4.
        admin_token_lifetime: Seconds that an admin's token is valid.
        max_request_line: The longest request line in bytes that the web server accepts (nginx: one buffer of 8 kB).
        folder: The path that the shop is installed under, such as `/winkel`.
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
    """An integration: two pairs of 32 characters, and its permissions.

    Attributes:
        state: `inactive` is switched off, `revoked` has a revoked token, `gone` is deleted or has a new token (57).
    """

    name: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)
    permissions: frozenset[str] = ALL
    state: IntegrationState = "active"

    @classmethod
    def named(cls, name: str, permissions: frozenset[str] = ALL) -> "Integration":
        """Returns an integration whose keys are derived from its name."""
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
        """The OAuth credentials in the form of the credentials parameter."""
        return {
            "consumerKey": self.consumer_key,
            "consumerSecret": self.consumer_secret,
            "accessToken": self.access_token,
            "accessTokenSecret": self.access_token_secret,
        }


def secret(label: str) -> str:
    """Returns 32 characters in the form of Magento's keys, always the same for a label."""
    return hashlib.sha256(label.encode()).hexdigest()[:32]
