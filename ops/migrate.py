"""`make migrate DATABASE_URL=…`: adds magento-sync's columns and tables to the app's database. It can be repeated."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from magento_sync.db.connection.connect import connect
from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.names import with_own_names
from magento_sync.errors import OperatorError
from ops.obstacles import obstacle

MIGRATIONS = Path(__file__).resolve().parent.parent / "database" / "migrations"
# All later queries on a table wait behind a migration that waits for it.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"


class MigrationFailed(OperatorError):
    """The migration was not applied; nothing was changed."""


def migrate(url: str) -> list[str]:
    """Applies every migration in name order, each in a transaction of its own, and returns the names of the files.

    Raises:
        ConfigurationError: The URL or `TABLE_NAMES` cannot be read, or TLS fails.
        DatabaseUnavailable: The database cannot be reached.
        MigrationFailed: A migration stopped.
    """
    target = parse_database_url(url)
    files = sorted(MIGRATIONS.glob("*.sql"))
    try:
        with connect(target) as connection:
            if reason := obstacle(Transaction(connection, target.schema)):
                raise MigrationFailed(f"The migration was not applied: {reason}")
            for file in files:
                with connection.transaction():
                    connection.execute(LOCK_TIMEOUT)
                    if target.schema:
                        path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(target.schema))
                        connection.execute(path)
                    connection.execute(with_own_names(file.read_text("utf-8")).encode())
    except psycopg.Error as error:
        # The text comes from the migration itself, which changes no rows: it contains no values.
        texts = error.diag.message_primary, error.diag.message_detail
        reason = " ".join(filter(None, texts)) or f"SQLSTATE {error.sqlstate}"
        raise MigrationFailed(f"The migration was not applied: {reason}") from None
    return [file.name for file in files]


def main() -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", nargs="?", help="the database's URL in libpq's or Prisma's form; default: DATABASE_URL")
    url = parser.parse_args().url or os.environ.get("DATABASE_URL", "")
    try:
        applied = migrate(url)
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Applied {', '.join(applied)}: the database is up to date.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
