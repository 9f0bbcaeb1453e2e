"""The names of tables and columns. The setting `TABLE_NAMES` renames those that the app maps otherwise.

Queries have placeholders, as in `SELECT {last_entity_id} FROM {website}`, which `composed` replaces by quoted names.
Tables get the schema that the database's URL names, if any, because poolers lose a search path.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, LiteralString

from psycopg import sql

from magento_sync.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

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

APP_COLUMNS = {"website": WEBSITE_COLUMNS | COMMON_COLUMNS, "customer": CUSTOMER_COLUMNS | COMMON_COLUMNS}

# What TABLE_NAMES can rename, as users write it: the columns of all tables but our own two.
RENAMABLE_TABLES = {name: key for key, name in TABLES.items()}
RENAMABLE_COLUMNS = {
    **{f"{TABLES['website']}.{name}": key for key, name in WEBSITE_COLUMNS.items()},
    **{f"{TABLES['customer']}.{name}": key for key, name in CUSTOMER_COLUMNS.items()},
    **{name: key for key, name in COMMON_COLUMNS.items()},
}

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

PAIR = re.compile(r"([^\s:,]+):([^\s:,]+)")
TABLE = re.compile(r"([^.]+\.)?[^.]+")
QUOTED = re.compile(r'"(\w+)"')


@dataclass(frozen=True)
class Names:
    """The names in the app's database, by the keys of `TABLES` and `COLUMNS`.

    Attributes:
        tables: A name, or `schema.name` for a table in a schema of its own.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, str]

    def place(self, table: str, schema: str | None) -> tuple[str | None, str]:
        """Returns a table's schema, which is `schema` unless it has its own, and its name."""
        own, _, name = self.tables[table].rpartition(".")
        return own or schema, name

    def identifier(self, table: str, schema: str | None) -> sql.Identifier:
        """Returns a table's quoted name."""
        return sql.Identifier(*filter(None, self.place(table, schema)))


def names_of(setting: str) -> Names:
    """Returns the names with pairs such as `Website:websites,Website.domain:host,Customer:crm.people,id:uid` applied.

    Raises:
        ConfigurationError: The setting is invalid.
    """
    pairs = [pair.strip() for pair in setting.split(",")] if setting.strip() else []
    tables, columns = dict(TABLES), dict(COLUMNS)
    for pair in pairs:
        match = PAIR.fullmatch(pair)
        if match is None:
            raise ConfigurationError(f'TABLE_NAMES: "{pair}" is not a pair such as Website:websites.')
        usual, name = match.groups()
        if usual in RENAMABLE_COLUMNS:
            columns[RENAMABLE_COLUMNS[usual]] = name
        elif usual not in RENAMABLE_TABLES:
            known = ", ".join([*RENAMABLE_TABLES, *RENAMABLE_COLUMNS])
            raise ConfigurationError(f'TABLE_NAMES: "{usual}" cannot be renamed. These can be: {known}.')
        elif TABLE.fullmatch(name) is None:
            raise ConfigurationError(f'TABLE_NAMES: "{name}" is neither a table nor schema.table.')
        else:
            tables[RENAMABLE_TABLES[usual]] = name
    for group in (tables.values(), *([columns[key] for key in own] for own in APP_COLUMNS.values())):
        name, times = Counter(group).most_common(1)[0]
        if times > 1:
            raise ConfigurationError(f'TABLE_NAMES: "{name}" is the name of two tables, or of two columns of a table.')
    return Names(tables, columns)


@cache
def names() -> Names:
    """Returns the names, with those that the environment variable `TABLE_NAMES` changes.

    Raises:
        ConfigurationError: The variable is invalid.
    """
    return names_of(os.environ.get("TABLE_NAMES", ""))


def with_own_names(statements: str) -> str:
    """Returns SQL that has the usual names, with the app's own. A column belongs to the table that was named last."""
    own = names()
    columns: Mapping[str, str] = {}

    def replaced(match: re.Match[str]) -> str:
        nonlocal columns
        if table := RENAMABLE_TABLES.get(match[1]):
            columns = {usual: own.columns[key] for key, usual in APP_COLUMNS.get(table, {}).items()}
            return own.identifier(table, None).as_string()
        return sql.Identifier(columns.get(match[1], match[1])).as_string()

    return QUOTED.sub(replaced, statements)


@cache
def composed(query: LiteralString, schema: str | None) -> bytes:
    """Returns the query with quoted names for its placeholders, and the database's clock in UTC for `{now}`.

    `{customer_oid}` and the like give a table's place in PostgreSQL's catalogue: NULL if there is no such table.
    """
    tables = {key: names().identifier(key, schema) for key in TABLES}
    columns = {key: sql.Identifier(name) for key, name in names().columns.items()}
    oids = {f"{key}_oid": sql.SQL("to_regclass({})").format(table.as_string()) for key, table in tables.items()}
    return sql.SQL(query).format(now=NOW, **tables, **oids, **columns).as_bytes()
