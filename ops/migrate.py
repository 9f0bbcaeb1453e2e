"""`migrate`: adds magento-sync's columns and tables to the app's database. It can be repeated."""

from __future__ import annotations

import re
from pathlib import Path

import click
import psycopg
from psycopg import sql

from magento_sync.db import inspection
from magento_sync.db.connection.connect import connect
from magento_sync.db.connection.database_url import parse_database_url
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.names import with_own_names
from magento_sync.errors import OperatorError
from ops.obstacles import obstacle
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, WELL, Answer

MIGRATIONS = Path(__file__).resolve().parent.parent / "database" / "migrations"
# All later queries on a table wait behind a migration that waits for it.
LOCK_TIMEOUT = "SET LOCAL lock_timeout = '10s'"
TABLE = re.compile(r'CREATE TABLE IF NOT EXISTS "(\w+)" \((.*?)\n\);', re.DOTALL)
COLUMN = re.compile(r'^\s+"(\w+)" [A-Z]', re.MULTILINE)
ALTER = re.compile(r'ALTER TABLE (?:"\w+"\.)?"(\w+)"(.*?);', re.DOTALL)
ADDED = re.compile(r'ADD COLUMN IF NOT EXISTS "(\w+)"')
INDEX = re.compile(r'CREATE (?:UNIQUE )?INDEX IF NOT EXISTS "(\w+)"')


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
    files = _files()
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


def missing(transaction: Transaction) -> list[str]:
    """Returns the tables, columns and indexes of the migrations that the database lacks."""
    present = inspection.relations(transaction)
    needed = [name for file in _files() for name in made_by(with_own_names(file.read_text("utf-8")))]
    return [name for name in dict.fromkeys(needed) if name not in present]


def made_by(text: str) -> list[str]:
    """Returns what a migration creates: tables, columns (`Table.column`) and indexes."""
    tables = [(name, COLUMN.findall(body)) for name, body in TABLE.findall(text)]
    added = [(name, ADDED.findall(body)) for name, body in ALTER.findall(text)]
    columns = [f"{name}.{column}" for name, columns in (*tables, *added) for column in columns]
    return [*(name for name, _ in tables), *columns, *INDEX.findall(text)]


@click.group("migrate")
def migrate_group() -> None:
    """Show or apply the migration of the app's database."""


@migrate_group.command()
@on_target
def status(operator: Operator) -> Answer:
    """Show what the migration has yet to add. The exit code is 1 if anything is missing."""
    lacking = operator.database.run(missing)
    if not lacking:
        return Answer({"missing": []}, "The migration is applied.")
    return Answer({"missing": lacking}, f"Missing: {', '.join(lacking)}. Apply it: migrate apply", TO_REPAIR)


@migrate_group.command("apply")
@on_target
def apply_(operator: Operator) -> Answer:
    """Add the columns, tables and indexes that are missing."""
    applied = migrate(operator.target.database_url())
    return Answer({"applied": applied}, f"Applied {', '.join(applied)}: the database is up to date.", WELL)


def _files() -> list[Path]:
    return sorted(MIGRATIONS.glob("*.sql"))
