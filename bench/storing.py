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
    FROM kept WHERE number > %(after)s AND number <= %(up_to)s
"""


def storing_alone(database_url: str) -> float:
    """Stores all customers of a database's only website once more, each with a row of the ledger.

    Returns:
        The seconds for each of them.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(KEEP)
        [(found,)] = connection.execute("SELECT count(*) FROM kept").fetchall()
        customers = int(found)
        started = time.perf_counter()
        for after in range(0, customers, PAGE):
            connection.execute(STORE, {"after": after, "up_to": after + PAGE})
        return (time.perf_counter() - started) / customers
