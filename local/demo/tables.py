"""The database's tables: created in the local database, only checked in a given one."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg

from local.errors import LocalStackError
from local.packages import PROJECT
from magento_sync.db.connection.database import Database
from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.db.names import TABLES, composed, names, with_own_names
from ops.migrate import migrate

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

APP_TABLES = PROJECT / "database" / "app-tables.sql"
APP_KEYS = {"website", "customer"}


def database_at(url: str) -> AbstractContextManager[Database]:
    """Connects to a database as the functions do, and closes the connection after the block."""
    return closing(Database(lambda *, fresh=False: url))  # noqa: ARG005 - the signature that Database expects


def prepare_tables(url: str) -> None:
    """Creates the app's tables if they are missing, and applies the migration.

    Raises:
        MigrationFailed: The migration failed.
    """
    if not _present(url) & APP_KEYS:
        with psycopg.connect(url) as connection:
            connection.execute(with_own_names(APP_TABLES.read_text("utf-8")).encode())
    migrate(url)


def check_tables(url: str) -> None:
    """Checks that a database has all tables, and changes nothing.

    Raises:
        ConfigurationError: The URL is invalid.
        LocalStackError: The database cannot be reached, or lacks tables.
    """
    place = parse_database_url(url).place
    try:
        present = _present(url)
    except psycopg.OperationalError as error:
        raise LocalStackError(
            f"The database {place} cannot be reached (SQLSTATE {error.sqlstate or 'none'}): check DATABASE_URL and "
            "that the server runs, or unset DATABASE_URL to use the local database."
        ) from None
    missing = ", ".join(sorted(names().tables[key] for key in TABLES if key not in present))
    if APP_KEYS - present:
        raise LocalStackError(
            f"The database {place} lacks tables of the app ({missing}): run the app's own migrations first, or correct "
            "the schema in DATABASE_URL (?schema=…)."
        )
    if missing:
        raise LocalStackError(
            f"The database {place} lacks tables of magento-sync ({missing}): "
            "run `make migrate DATABASE_URL=…` with the same URL first."
        )


def _present(url: str) -> set[str]:
    target = parse_database_url(url)
    query = composed("SELECT {website_oid}, {customer_oid}, {run_oid}, {ledger_oid}", target.schema)
    with psycopg.connect(target.conninfo, prepare_threshold=None) as connection:
        oids = connection.execute(query).fetchone() or ()
        return {key for key, oid in zip(TABLES, oids, strict=True) if oid is not None}
