"""What storing a page costs PostgreSQL alone: the same rows, copied from a table beside, in transactions as large."""

from __future__ import annotations

import time

import psycopg

PAGE = 300
KEEP = """
    CREATE TABLE kept AS SELECT row_number() OVER (ORDER BY "id") AS number, customer FROM "Customer" AS customer;
    CREATE UNIQUE INDEX ON kept (number);
    ANALYZE kept;
    TRUNCATE "Customer" CASCADE;
    TRUNCATE "MagentoSyncOrder"
"""
STORE = """
    WITH stored AS (
        INSERT INTO "Customer" SELECT (customer).* FROM kept WHERE number > %(after)s AND number <= %(up_to)s
    )
    INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "runId", "recordedAt")
    SELECT (SELECT "id" FROM "Website"), number, 'imported', (SELECT "id" FROM "MagentoSyncRun" LIMIT 1), now()
    FROM generate_series(%(orders_after)s::bigint + 1, %(orders_up_to)s) AS number
"""


def storing_alone(database_url: str, orders: int) -> float:
    """Stores all customers of a database's only website once more, and a row of the ledger for each of its orders.

    Returns:
        The seconds for each order.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(KEEP)
        [(customers,)] = connection.execute("SELECT count(*) FROM kept").fetchall()
        started = time.perf_counter()
        for after in range(0, orders, PAGE):
            up_to = min(after + PAGE, orders)
            connection.execute(
                STORE,
                {
                    "after": after * customers // orders,
                    "up_to": up_to * customers // orders,
                    "orders_after": after,
                    "orders_up_to": up_to,
                },
            )
        return (time.perf_counter() - started) / orders
