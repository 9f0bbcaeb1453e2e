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
        COMMON_COLUMNS["id"]: "S",
        WEBSITE_COLUMNS["domain"]: "S",
        WEBSITE_COLUMNS["api_url"]: "S",
        WEBSITE_COLUMNS["bearer_token"]: "S",
        WEBSITE_COLUMNS["api_key"]: "S",
        WEBSITE_COLUMNS["api_secret"]: "S",
        WEBSITE_COLUMNS["store_id"]: "SN",
        WEBSITE_COLUMNS["last_entity_id"]: "N",
        WEBSITE_COLUMNS["auto_upload_enabled"]: "B",
        WEBSITE_COLUMNS["auto_upload_status"]: "SE",
        WEBSITE_COLUMNS["sync_status"]: "S",
        WEBSITE_COLUMNS["last_sync"]: "D",
        COMMON_COLUMNS["updated_at"]: "D",
    },
    "customer": {
        COMMON_COLUMNS["id"]: "S",
        CUSTOMER_COLUMNS["website_id"]: "S",
        CUSTOMER_COLUMNS["name"]: "S",
        CUSTOMER_COLUMNS["email"]: "S",
        CUSTOMER_COLUMNS["product_name"]: "S",
        CUSTOMER_COLUMNS["purchase_date"]: "D",
        CUSTOMER_COLUMNS["customer_status"]: "SE",
        CUSTOMER_COLUMNS["last_contact"]: "D",
        COMMON_COLUMNS["created_at"]: "D",
        COMMON_COLUMNS["updated_at"]: "D",
    },
}

# Whole milliseconds, as JavaScript's dates have: Prisma would not find a row by a time with microseconds.
NOW = sql.SQL("date_trunc('milliseconds', clock_timestamp() AT TIME ZONE 'UTC')")


@cache
def composed(query: LiteralString, schema: str | None) -> sql.Composed:
    """Returns the query with quoted names for its placeholders, and the database's clock in UTC for `{now}`."""
    tables = {key: sql.Identifier(schema, name) if schema else sql.Identifier(name) for key, name in TABLES.items()}
    columns = {key: sql.Identifier(name) for key, name in (WEBSITE_COLUMNS | CUSTOMER_COLUMNS | COMMON_COLUMNS).items()}
    return sql.SQL(query).format(now=NOW, **tables, **columns)
