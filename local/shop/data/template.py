"""The recorded orders and store views, and new orders like them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from local.shop.data import dataset
from local.shop.data.recordings import recording


def recorded_orders() -> list[dict[str, Any]]:
    """Returns the 56 recorded orders: ids 1 to 61 with gaps, 39 to 47 unusual, 16 and 17 of a deleted store view.

    The rows are copies; nested values are shared and must not be changed.
    """
    return [dict(order) for order in dataset.orders()]


def recorded_stores(domains: Mapping[int, str] | None = None) -> list[dict[str, Any]]:
    """Returns the five recorded store views (1, 2, 4, 3, 6), unsorted as a shop lists them.

    Args:
        domains: Addresses by store id, such as `{1: "https://mokken.example/", 2: "https://mokken.example/nl/"}`;
            `"{{base_url}}"` becomes the Host of each request. Other views keep the recorded address.
    """
    views: list[dict[str, Any]] = recording("45-storeConfigs-full").json()
    for view in views:
        if domains and view["id"] in domains:
            _move(view, domains[view["id"]])
    return views


def _move(view: dict[str, Any], address: str) -> None:
    parts = urlsplit(address)
    root = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else address
    for prefix, link in (("", address), ("secure_", _secure(address))):
        base = root if not prefix else _secure(root)
        view[f"{prefix}base_url"] = base
        view[f"{prefix}base_link_url"] = link
        view[f"{prefix}base_static_url"] = f"{base}static/"
        view[f"{prefix}base_media_url"] = f"{base}media/"


def _secure(address: str) -> str:
    return address.replace("http://", "https://", 1)


COLUMNS = frozenset(
    {name for order in dataset.orders() for name, value in order.items() if not isinstance(value, dict | list)}
    | {"coupon_code", "customer_dob", "customer_middlename", "ext_order_id", "hold_before_state", "shipping_method"}
)
"""The columns of the order table that the recordings show."""


def new_order(entity_id: int, **fields: object) -> dict[str, Any]:
    """Returns an order with the columns that a sync reads, some of them replaced.

    Args:
        entity_id: Its id.
        fields: Other values; None removes a column, except the e-mail, which becomes null.
    """
    order: dict[str, Any] = {
        "created_at": "2026-11-22 15:00:00",
        "customer_email": f"customer{entity_id}@example.com",
        "customer_firstname": "Jan",
        "customer_is_guest": 1,
        "customer_lastname": "Jansen",
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09d}",
        "state": "new",
        "status": "pending",
        "store_id": 1,
        "items": [{"name": "Blue Mug", "product_type": "simple"}],
        "billing_address": {"firstname": "Jan", "lastname": "Jansen"},
    }
    absent = {name for name, value in fields.items() if value is None and name != "customer_email"}
    return {name: value for name, value in (order | fields).items() if name not in absent}
