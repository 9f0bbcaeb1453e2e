"""`make migrate DATABASE_URL=…`: adds magento-sync's columns and tables to the app's database. It may be run any number of times."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.errors import OperatorError

MIGRATIONS = Path(__file__).resolve().parent.parent / "database" / "migrations"
# While it waits for a table, everybody else's queries wait behind it.
PATIENCE = "SET LOCAL lock_timeout = '10s'"


class MigrationFailed(OperatorError):
    """The migration was not applied; nothing was changed."""


def migrate(url: str) -> list[str]:
    """Applies every migration in the order of their names, each in a transaction of its own.

    Returns:
        The names of the files.

    Raises:
        ConfigurationError: The URL cannot be read.
        MigrationFailed: The database could not be reached, or a migration stopped.
    """
    target = parse_database_url(url)
    files = sorted(MIGRATIONS.glob("*.sql"))
    try:
        connection = psycopg.connect(target.conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise MigrationFailed(
            f"The database at {target.place} cannot be reached (SQLSTATE {error.sqlstate or 'none'}). Check the URL's host, "
            "port, database, user and password, and that the "
            "server runs."
        ) from None
    try:
        with connection:
            for file in files:
                with connection.transaction():
                    connection.execute(PATIENCE)
                    if target.schema:
                        path = sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(target.schema))
                        connection.execute(path)
                    connection.execute(file.read_bytes())
    except psycopg.Error as error:
        # A migration's own words; no rows are touched, so no values stand in them.
        reason = error.diag.message_primary or f"SQLSTATE {error.sqlstate}"
        raise MigrationFailed(f"The migration was not applied: {reason}") from None
    return [file.name for file in files]


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "url", nargs="?", help="the database's URL, in libpq's or Prisma's form; else DATABASE_URL's value"
    )
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
