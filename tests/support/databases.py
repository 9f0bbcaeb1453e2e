"""A database for each test. Those with changed rows only are reused: creating one takes longer than most tests."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from local.postgres.server import PostgresServer

# Everything that a test can change or drop, except rows.
STRUCTURE = """
    WITH own AS (
        SELECT oid, oid::regclass AS relation FROM pg_class
        WHERE relnamespace NOT IN
            ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
    )
    SELECT 'column', relation::text,
            concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull, attisdropped)
        FROM pg_attribute JOIN own ON own.oid = attrelid
    UNION ALL SELECT 'default', relation::text, concat_ws(' ', adnum, pg_get_expr(adbin, adrelid))
        FROM pg_attrdef JOIN own ON own.oid = adrelid
    UNION ALL SELECT 'index', relation::text, pg_get_indexdef(own.oid) FROM pg_index JOIN own ON own.oid = indexrelid
    UNION ALL SELECT 'constraint', relation::text, concat_ws(' ', conname, pg_get_constraintdef(pg_constraint.oid))
        FROM pg_constraint JOIN own ON own.oid = conrelid
    UNION ALL SELECT 'trigger', relation::text, pg_get_triggerdef(pg_trigger.oid)
        FROM pg_trigger JOIN own ON own.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL SELECT 'rights', relation::text, relacl::text FROM pg_class JOIN own USING (oid)
    UNION ALL SELECT 'label', enumtypid::regtype::text, concat_ws(' ', enumsortorder, enumlabel) FROM pg_enum
    UNION ALL SELECT 'schema', nspname, nspacl::text FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
    UNION ALL SELECT 'function', pg_proc.oid::regprocedure::text, prosrc
        FROM pg_proc WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    UNION ALL SELECT 'setting', setrole::text, setconfig::text
        FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase AND datname = current_database()
    ORDER BY 1, 2, 3
"""
OTHER_SESSIONS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


class Databases:
    """Copies of a template database. A copy whose structure a test has changed is dropped.

    Args:
        server: The server.
        pattern: The template database.
    """

    def __init__(self, server: PostgresServer, pattern: str) -> None:
        self._server = server
        self._pattern = pattern
        self._numbers = itertools.count(1)
        self._spare: list[str] = []
        with self._connected(pattern) as connection:
            self._structure = _structure(connection)

    @contextmanager
    def one(self) -> Iterator[str]:
        """Yields the URL of an empty database that no other test uses."""
        name = self._spare.pop() if self._spare else self._create()
        try:
            yield self._server.url(name)
        finally:
            if self._reset(name):
                self._spare.append(name)
            else:
                self._drop(name)

    def _connected(self, name: str) -> Connection:
        return psycopg.connect(self._server.url(name), autocommit=True)

    def _create(self) -> str:
        name = f"test_{next(self._numbers)}"
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(self._pattern))
        with self._connected("postgres") as connection:
            connection.execute(query)
        return name

    def _reset(self, name: str) -> bool:
        """Deletes all rows; returns whether the structure is unchanged."""
        with self._connected("postgres") as connection:
            connection.execute(OTHER_SESSIONS, [name])
        try:
            with self._connected(name) as connection:
                if _structure(connection) != self._structure:
                    return False
                _empty(connection)
        except psycopg.OperationalError:  # the test has dropped it
            return False
        return True

    def _drop(self, name: str) -> None:
        with self._connected("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _structure(connection: Connection) -> list[tuple[str, ...]]:
    return connection.execute(STRUCTURE).fetchall()


def _empty(connection: Connection) -> None:
    connection.execute("SET session_replication_role = replica")  # without checks of foreign keys
    for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("public", table)))
