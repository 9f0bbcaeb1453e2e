"""The floor: downloads pages of orders over two connections, and does nothing with them."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

PAGE = 300
CONNECTIONS = 2
FIELDS = "items[entity_id,store_id,created_at,customer_email,customer_firstname,customer_lastname],total_count"


def main(address: str, token: str, orders: int) -> float:
    """Downloads all pages and returns the seconds that it took."""
    pages = -(-orders // PAGE)
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda first: _download(address, token, range(first, pages + 1, CONNECTIONS)), (1, 2)))
    return time.perf_counter() - started


def _download(address: str, token: str, pages: range) -> None:
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {token}"
        for page in pages:
            query: dict[str, str | int] = {
                "searchCriteria[sortOrders][0][field]": "entity_id",
                "searchCriteria[sortOrders][0][direction]": "ASC",
                "searchCriteria[pageSize]": PAGE,
                "searchCriteria[currentPage]": page,
                "fields": FIELDS,
            }
            session.get(f"{address}/rest/V1/orders", params=query, timeout=120).raise_for_status()


if __name__ == "__main__":
    print(json.dumps({"seconds": main(sys.argv[1], sys.argv[2], int(sys.argv[3]))}))
