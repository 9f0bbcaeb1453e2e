"""The loop of the brief: pages of ten whole orders; for each order it looks for the customer, then creates it."""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any

import psycopg
import requests

PAGE = 10


class Loop:
    """One website's loop; it keeps the watermark as the app's row has it."""

    def __init__(self, address: str, token: str, database_url: str, website_id: str) -> None:
        self._address = address
        self._website_id = website_id
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        # Prisma runs each query in a transaction of its own.
        self._database = psycopg.connect(database_url, autocommit=True)

    def run(self, most: int) -> int:
        """Imports at most that many orders and returns how many it read."""
        read = 0
        while read < most:
            orders = self._page()
            for order in orders:
                self._import(order)
            if orders:
                self._store_watermark(orders[-1]["entity_id"])
            read += len(orders)
            if len(orders) < PAGE:
                break
        return read

    def _page(self) -> list[dict[str, Any]]:
        prefix = "searchCriteria[filterGroups][0][filters][0]"
        query: dict[str, str | int] = {
            f"{prefix}[field]": "entity_id",
            f"{prefix}[conditionType]": "gt",
            f"{prefix}[value]": self._watermark(),
            "searchCriteria[sortOrders][0][field]": "entity_id",
            "searchCriteria[sortOrders][0][direction]": "ASC",
            "searchCriteria[pageSize]": PAGE,
        }
        response = self._session.get(f"{self._address}/rest/V1/orders", params=query, timeout=30)
        response.raise_for_status()
        orders: list[dict[str, Any]] = response.json()["items"] or []
        return orders

    def _import(self, order: dict[str, Any]) -> None:
        email = order.get("customer_email")
        if not email:
            return
        found = self._database.execute(
            'SELECT "id" FROM "Customer" WHERE "websiteId" = %s AND "email" = %s LIMIT 1', [self._website_id, email]
        ).fetchone()
        if found:
            return
        name = f"{order.get('customer_firstname', '')} {order.get('customer_lastname', '')}".strip() or email
        self._database.execute(
            'INSERT INTO "Customer" ("id", "websiteId", "name", "email", "productName", "purchaseDate", "updatedAt")'
            " VALUES (%s, %s, %s, %s, %s, %s, now())",
            [uuid.uuid4().hex[:25], self._website_id, name, email, "Unknown Product", order["created_at"]],
        )

    def _watermark(self) -> int:
        row = self._database.execute(
            'SELECT "magentoLastEntityId" FROM "Website" WHERE "id" = %s', [self._website_id]
        ).fetchone()
        return int(row[0] or 0) if row else 0

    def _store_watermark(self, entity_id: int) -> None:
        self._database.execute(
            'UPDATE "Website" SET "magentoLastEntityId" = %s WHERE "id" = %s', [entity_id, self._website_id]
        )


def main(address: str, token: str, database_url: str, website_id: str, most: str) -> dict[str, float]:
    """Runs the loop and returns how many orders it read, and the seconds that it took."""
    loop = Loop(address, token, database_url, website_id)
    started = time.perf_counter()
    read = loop.run(int(most))
    return {"orders": read, "seconds": time.perf_counter() - started}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:6])))
