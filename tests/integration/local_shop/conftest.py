"""A local shop with the recorded orders, and a client with an integration's token."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.shop import Integration, Shop, ShopSettings, recorded_orders

INTEGRATION = Integration.named("sync")


@dataclass
class Client:
    """A client of the shop's API."""

    session: requests.Session
    address: str

    def get(self, path: str, **query: object) -> requests.Response:
        return self.session.get(f"{self.address}/rest/V1/{path}", params=query, timeout=10, allow_redirects=False)  # type: ignore[arg-type]

    def page(self, *filters: tuple[str, str, object], size: object = 100, **query: object) -> requests.Response:
        """Requests a list; each filter (field, condition, value) is a group of its own."""
        criteria: dict[str, object] = {"searchCriteria[pageSize]": size}
        for number, (field, condition, value) in enumerate(filters):
            prefix = f"searchCriteria[filterGroups][{number}][filters][0]"
            criteria |= {f"{prefix}[field]": field, f"{prefix}[conditionType]": condition, f"{prefix}[value]": value}
        return self.get("orders", **criteria, **query)

    def ids(self, *filters: tuple[str, str, object], size: object = 100, **query: object) -> list[int]:
        answer: dict[str, Any] = self.page(*filters, size=size, fields="items[entity_id]", **query).json()
        return [item["entity_id"] for item in answer["items"] or ()]


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop(
        recorded_orders(),
        integrations=[INTEGRATION],
        admins={"admin": "right-password"},
        settings=ShopSettings(bearer_allowed=True),
    )
    with shop.serving():
        yield shop


@pytest.fixture
def client(shop: Shop) -> Iterator[Client]:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {INTEGRATION.access_token}"
        session.headers["User-Agent"] = "magento-sync/test"
        yield Client(session, shop.address)
