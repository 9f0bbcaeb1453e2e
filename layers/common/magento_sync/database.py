"""The app's PostgreSQL: one connection per execution environment, checked before use."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, Protocol

import psycopg
from psycopg import errors
from psycopg.rows import dict_row

from magento_sync.database_url import DatabaseUrl, parse_database_url
from magento_sync.errors import DatabaseUnavailable, MigrationMissing, RowRefused
from magento_sync.names import composed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = dict[str, Any]
    Parameters = Sequence[object] | Mapping[str, object]

# Set inside each transaction, because behind a pooler the next one may get another session.
TRANSACTION_SETTINGS = """
    SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', '60s', true),
           set_config('lock_timeout', '30s', true), set_config('idle_in_transaction_session_timeout', '60s', true)
"""


@dataclass
class Transaction:
    """One transaction on the app's database."""

    connection: psycopg.Connection[Row]
    schema: str | None

    def execute(self, query: LiteralString, parameters: Parameters = ()) -> int:
        """Runs a query with the placeholders of `names` and returns the number of rows it touched."""
        return self.connection.execute(composed(query, self.schema), parameters).rowcount

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        return self.connection.execute(composed(query, self.schema), parameters).fetchall()

    def one(self, query: LiteralString, parameters: Parameters = ()) -> Row | None:
        """The first row of a query, or None."""
        return self.connection.execute(composed(query, self.schema), parameters).fetchone()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What fails in here is undone, and the transaction goes on.

        Raises:
            RowRefused: The database refuses a value.
        """
        try:
            with self.connection.transaction():
                yield
        except (
            errors.DataError,
            errors.IntegrityError,
            errors.RaiseException,
            errors.ProgramLimitExceeded,
            UnicodeEncodeError,
        ):
            raise RowRefused from None


class UrlSource(Protocol):
    """Gives the database's URL."""

    def __call__(self, *, fresh: bool = False) -> str:
        """The URL; `fresh` where a cached one did not work."""


class Database:
    """The connection, opened when first needed and anew once it has died.

    A frozen execution environment's connection dies unseen, so each transaction asks it for a sign of life first.
    """

    def __init__(self, url: UrlSource) -> None:
        """Takes a function that gives the URL, and a fresh one on request, for a password that was changed."""
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None
        self._schema: str | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block and rolls back if it raises.

        Raises:
            DatabaseUnavailable: The database could not be reached, or failed; the text names the SQLSTATE only, because a
                database's own texts carry key values.
            MigrationMissing: Our tables or columns are not there.
        """
        connection = self._living_connection()
        try:
            with connection.transaction():
                connection.execute(TRANSACTION_SETTINGS)
                yield Transaction(connection, self._schema)
        except (errors.UndefinedTable, errors.UndefinedColumn):
            raise MigrationMissing from None
        except psycopg.Error as error:
            raise DatabaseUnavailable(f"The database failed (SQLSTATE {error.sqlstate or 'none'}).") from None

    def close(self) -> None:
        """Closes the connection, if one is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _living_connection(self) -> psycopg.Connection[Row]:
        if self._connection is not None:
            try:
                self._connection.execute("")
            except psycopg.Error:
                self.close()
            else:
                return self._connection
        self._connection = self._open()
        return self._connection

    def _open(self) -> psycopg.Connection[Row]:
        url = parse_database_url(self._url())
        try:
            return self._connect(url)
        except psycopg.Error:
            fresh = parse_database_url(self._url(fresh=True))
        try:
            return self._connect(fresh)
        except psycopg.Error as error:
            raise DatabaseUnavailable(
                f"The database at {fresh.place} cannot be reached (SQLSTATE {error.sqlstate or 'none'}). "
                "Check the URL's host, port, database, user and password, that the server runs, and that this machine may connect."
            ) from None

    def _connect(self, url: DatabaseUrl) -> psycopg.Connection[Row]:
        self._schema = url.schema
        # Prepared statements do not survive PgBouncer's transaction mode.
        return psycopg.connect(url.conninfo, autocommit=True, prepare_threshold=None, row_factory=dict_row)
