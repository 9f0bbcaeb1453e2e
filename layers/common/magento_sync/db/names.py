"""The names of tables and columns. If the app uses another name, change it here only.

Queries have placeholders, as in `SELECT {last_entity_id} FROM {website}`, which `composed` replaces by quoted names.
Tables get the schema that the database's URL names, if any, because poolers lose a search path.
"""

from __future__ import annotations

from functools import cache
from typing import LiteralString

from psycopg import sql

TABLES = {
    "website": "Website",
    "customer": "Customer",
    "run": "MagentoSyncRun",
    "ledger": "MagentoSyncOrder",
}

WEBSITE_COLUMNS = {
    "domain": "domain",
    "api_url": "magentoApiUrl",
    "bearer_token": "magentoBearerToken",
    "api_key": "magentoApiKey",
    "api_secret": "magentoApiSecret",
    "store_id": "magentoStoreId",
    "last_entity_id": "magentoLastEntityId",
    "auto_upload_enabled": "magentoAutoUploadEnabled",
    "auto_upload_status": "magentoAutoUploadStatus",
    "auto_upload_interval": "magentoAutoUploadInterval",
    "auto_upload_last_run": "magentoAutoUploadLastRun",
    "sync_status": "magentoSyncStatus",
    "last_sync": "magentoLastSync",
    "sync_run_id": "magentoSyncRunId",
    "sync_floor": "magentoSyncFloor",
}

CUSTOMER_COLUMNS = {
    "website_id": "websiteId",
    "name": "name",
    "email": "email",
    "product_name": "productName",
    "purchase_date": "purchaseDate",
    "customer_status": "status",
    "last_contact": "lastContact",
}

COMMON_COLUMNS = {"id": "id", "created_at": "createdAt", "updated_at": "updatedAt"}

COLUMNS = WEBSITE_COLUMNS | CUSTOMER_COLUMNS | COMMON_COLUMNS

TABLE_RIGHTS = {
    "website": ("SELECT", "UPDATE"),
    "customer": ("SELECT", "INSERT"),
    "run": ("SELECT", "INSERT", "UPDATE", "DELETE"),
    "ledger": ("SELECT", "INSERT", "UPDATE", "DELETE"),
}

# The types that the app's columns can have, by PostgreSQL's categories (pg_type.typcategory): S is text, E an enum, N a
# number, B a boolean, D a date or a time.
COLUMN_TYPES = {
    "website": {
        "S": ("id", "domain", "api_url", "bearer_token", "api_key", "api_secret", "sync_status"),
        "SN": ("store_id",),
        "SE": ("auto_upload_status",),
        "N": ("last_entity_id",),
        "B": ("auto_upload_enabled",),
        "D": ("last_sync", "updated_at"),
    },
    "customer": {
        "S": ("id", "website_id", "name", "email", "product_name"),
        "SE": ("customer_status",),
        "D": ("purchase_date", "last_contact", "created_at", "updated_at"),
    },
}

# Whole milliseconds, as JavaScript's dates have: Prisma would not find a row by a time with microseconds.
NOW = sql.SQL("date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'UTC')")


@cache
def composed(query: LiteralString, schema: str | None) -> sql.Composed:
    """Returns the query with quoted names for its placeholders, and the database's clock in UTC for `{now}`.

    `{customer_oid}` and the like give a table's place in PostgreSQL's catalogue: NULL if there is no such table.
    """
    tables = {key: sql.Identifier(schema, name) if schema else sql.Identifier(name) for key, name in TABLES.items()}
    columns = {key: sql.Identifier(name) for key, name in COLUMNS.items()}
    oids = {f"{key}_oid": sql.SQL("to_regclass({})").format(table.as_string()) for key, table in tables.items()}
    return sql.SQL(query).format(now=NOW, **tables, **oids, **columns)
