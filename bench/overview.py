"""Measures pages of the overview with 10,000 websites and a million runs.

`PYTHONPATH=layers/common .venv/bin/python -m bench.overview` needs some minutes and 2 GB of disk, and prints the times
of six pages and the plan of the first.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import psycopg
from psycopg.rows import dict_row

from local.demo.tables import prepare_tables
from local.postgres.server import PostgresServer
from magento_sync.db import website_list
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.names import composed
from magento_sync.db.website_list import WebsitePosition, WebsiteSelection

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Parameters, Row

LIMIT = 100
REPEATS = 15
FILL = """
    INSERT INTO "Website" ("id", "domain", "updatedAt", "magentoAutoUploadEnabled", "magentoAutoUploadStatus",
        "magentoSyncStatus", "magentoAutoUploadLastRun", "magentoLastSync")
    SELECT 'w' || n, 'shop' || md5(n::text) || '.example', now(), n % 7 <> 0,
        (CASE WHEN n % 50 = 0 THEN 'ERROR' WHEN n % 90 = 0 THEN 'RUNNING' ELSE 'STOPPED' END)
            ::"MagentoAutoUploadStatus",
        CASE WHEN n % 50 = 0 THEN 'failed: MAINTENANCE' ELSE 'completed' END, now() - interval '1 hour', now()
    FROM generate_series(1, 10000) AS n;

    INSERT INTO "MagentoSyncRun"
        ("id", "websiteId", "shop", "trigger", "status", "queuedAt", "finishedAt", "ordersFetched")
    SELECT 'r' || n, 'w' || 1 + n % 10000, 'shop' || n % 3000, 'schedule', 'COMPLETED',
        now() - make_interval(mins => n / 10), now() - make_interval(mins => n / 10), n % 300
    FROM generate_series(1, 1000000) AS n;

    INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "recordedAt")
    SELECT 'w' || w, o, CASE WHEN o % 97 = 0 THEN 'failed' ELSE 'imported' END, now()
    FROM generate_series(1, 300) AS o, generate_series(1, 10000) AS w;

    INSERT INTO "Customer" ("id", "websiteId", "name", "email", "createdAt", "updatedAt")
    SELECT 'c' || n, 'w' || 1 + n % 10000, 'Somebody', n || '@example.com', now() - make_interval(mins => n / 10), now()
    FROM generate_series(1, 2000000) AS n;
"""


class _Explaining(Transaction):
    """Prints a query's plan and runs the query."""

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        explained = b"EXPLAIN (ANALYZE, BUFFERS) " + composed(query, self.schema)
        for row in self.connection.execute(explained, parameters).fetchall():
            print(row["QUERY PLAN"])
        return super().all(query, parameters)


def main() -> None:
    """Fills a new database, measures, and removes the database."""
    with (
        tempfile.TemporaryDirectory() as folder,
        PostgresServer(Path(folder) / "data", durable=False) as server,
    ):
        server.create_database("bench")
        prepare_tables(server.url("bench"))
        with psycopg.connect(server.url("bench"), autocommit=True, row_factory=dict_row) as connection:
            connection.execute(FILL)
            connection.execute("VACUUM ANALYZE")
            _measure(Transaction(connection, None))


def _measure(transaction: Transaction) -> None:
    every = WebsiteSelection()
    middle = WebsitePosition("1shop8", "")
    _time("first page", transaction, every)
    _time("a page in the middle", transaction, every, middle)
    _time("failing first", transaction, WebsiteSelection(failing_first=True))
    _time("only failing", transaction, WebsiteSelection(state="failing"))
    _time("search", transaction, WebsiteSelection(text="ab"))
    _time("a caller with 40 websites", transaction, WebsiteSelection([f"w{number}" for number in range(40)]))
    website_list.page(_Explaining(transaction.connection, None), every, limit=LIMIT)


def _time(
    name: str, transaction: Transaction, selection: WebsiteSelection, after: WebsitePosition | None = None
) -> None:
    seconds = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        found, _last = website_list.page(transaction, selection, limit=LIMIT, after=after)
        seconds.append(time.perf_counter() - started)
    print(
        f"{name}: {len(found)} websites in {statistics.median(seconds) * 1000:.1f} ms "
        f"({min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f})"
    )


if __name__ == "__main__":
    main()
