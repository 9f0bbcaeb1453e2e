"""The app's PostgreSQL: one connection per execution environment, checked before use.

A transaction either was committed or was not, and whoever asked for it is told which: where a connection dies in the COMMIT itself, its
outcome is looked up over a new one.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString, Protocol

import psycopg
from psycopg import IsolationLevel, errors
from psycopg.conninfo import conninfo_to_dict, timeout_from_conninfo
from psycopg.rows import dict_row

from magento_sync.db.connection.database_url import DatabaseUrl, parse_database_url
from magento_sync.db.connection.retries import RESERVE_SECONDS, is_transient, retrying
from magento_sync.db.names import composed
from magento_sync.errors import DatabaseUnavailable, MigrationMissing, RowRefused, TransactionUndone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Row = dict[str, Any]
    Parameters = Sequence[object] | Mapping[str, object]

# Set inside each transaction, because behind a pooler the next one may get another session.
TRANSACTION_SETTINGS = """
    SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', %(statement)s, true),
           set_config('lock_timeout', %(lock)s, true), set_config('idle_in_transaction_session_timeout', '60s', true)
"""
STATEMENT_SECONDS = 60.0
LOCK_SECONDS = 30.0
LEAST_SECONDS = 1.0
LEAST_CONNECT_SECONDS = 2  # libpq knows no less
# NULL where nothing was written.
NUMBER = "SELECT pg_current_xact_id_if_assigned()::text AS number"
OUTCOME = "SELECT pg_xact_status(%s::xid8) AS outcome"
# The last one: a deferrable unique constraint, which ON CONFLICT cannot use.
ROW_ERRORS = (
    errors.DataError,
    errors.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,
    errors.ObjectNotInPrerequisiteState,
)


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
    def savepoint(self, *, undo: bool = False) -> Iterator[None]:
        """What fails in here is undone, and the transaction goes on.

        Args:
            undo: Whether it is undone even if it succeeds.

        Raises:
            RowRefused: The database refuses a row; the text says why in SQLSTATE and names of the schema.
        """
        try:
            with self.connection.transaction(force_rollback=undo):
                yield
        except ROW_ERRORS as error:
            raise RowRefused(_named(error)) from None
        except UnicodeEncodeError:
            raise RowRefused("half a character") from None


class UrlSource(Protocol):
    """Gives the database's URL."""

    def __call__(self, *, fresh: bool = False) -> str:
        """The URL; `fresh` where a cached one did not work."""


class Unreachable(DatabaseUnavailable):
    """Nothing answers at the database's address, or nothing that asks for a password: it may be starting."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection died in the COMMIT, and it cannot be said yet whether that took effect."""


class Database:
    """The connection, opened when first needed and anew once it has died.

    A frozen execution environment's connection dies unseen, so each transaction asks it for a sign of life first.

    Attributes:
        seconds_left: Until the invocation is ended from outside; what may pass is tried again within that time. None by default.
    """

    def __init__(self, url: UrlSource) -> None:
        """Takes a function that gives the URL, and a fresh one on request, for a password that was changed."""
        self.seconds_left: Callable[[], float] = lambda: 0.0
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None
        self._schema: str | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end of the block and rolls back if it raises.

        Raises:
            TransactionUndone: Nothing was written, and the same again may succeed.
            DatabaseUnavailable: The database could not be reached, or failed; the text names the SQLSTATE only, because a
                database's own texts carry key values.
            MigrationMissing: Our tables or columns are not there.
        """
        connection = self._living_connection()
        number: str | None = None
        ended = False
        failure: DatabaseUnavailable | None = None
        try:
            with connection.transaction():
                connection.execute(TRANSACTION_SETTINGS, self._timeouts())
                yield Transaction(connection, self._schema)
                row = connection.execute(NUMBER).fetchone()
                number = row["number"] if row else None
                ended = True
        except (errors.UndefinedTable, errors.UndefinedColumn):
            raise MigrationMissing from None
        except psycopg.Error as error:
            kind = TransactionUndone if is_transient(error, broken=connection.closed) else DatabaseUnavailable
            failure = kind(f"The database failed (SQLSTATE {error.sqlstate or 'none'}).")
        lost_at_the_end = ended and connection.closed
        # What wrote nothing has nothing to lose with its COMMIT.
        if failure and not (lost_at_the_end and (number is None or self._was_committed(number))):
            raise failure from None

    def close(self) -> None:
        """Closes the connection, if one is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _timeouts(self) -> dict[str, str]:
        """Within the time that is left, so that a caller is told before the invocation is ended from outside."""
        left = self.seconds_left()
        longest = max(left - RESERVE_SECONDS, LEAST_SECONDS) if left > 0 else STATEMENT_SECONDS
        bounds = {"statement": min(STATEMENT_SECONDS, longest), "lock": min(LOCK_SECONDS, longest)}
        return {name: f"{seconds * 1000:.0f}ms" for name, seconds in bounds.items()}

    def _connect_seconds(self, conninfo: str) -> int:
        """Within the time that is left: a host that never answers would use up all of it."""
        longest = timeout_from_conninfo(conninfo_to_dict(conninfo))
        left = self.seconds_left()
        return min(longest, max(int(left - RESERVE_SECONDS), LEAST_CONNECT_SECONDS)) if left > 0 else longest

    def _was_committed(self, number: str) -> bool:
        """What became of a transaction whose COMMIT was not answered.

        Raises:
            DatabaseUnavailable: That cannot be told in the time that is left.
        """
        return retrying(self.seconds_left, OutcomeUnknown)(self._outcome, number) == "committed"

    def _outcome(self, number: str) -> str:
        try:
            row = self._living_connection().execute(OUTCOME, [number]).fetchone()
        except psycopg.Error:
            row = None
        if row is None or row["outcome"] not in {"committed", "aborted"}:
            raise OutcomeUnknown("The connection to the database was lost in a COMMIT, which may have taken effect.")
        return str(row["outcome"])

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
        except DatabaseUnavailable:
            fresh = parse_database_url(self._url(fresh=True))
        return retrying(self.seconds_left, Unreachable)(self._connect, fresh)

    def _connect(self, url: DatabaseUrl) -> psycopg.Connection[Row]:
        self._schema = url.schema
        try:
            # Prepared statements do not survive PgBouncer's transaction mode.
            connection = psycopg.connect(
                url.conninfo,
                connect_timeout=self._connect_seconds(url.conninfo),
                autocommit=True,
                prepare_threshold=None,
                row_factory=dict_row,
            )
        except psycopg.Error as error:
            # A password that was refused is not tried again; libpq gives no SQLSTATE here.
            asked = error.pgconn is not None and error.pgconn.used_password
            raise (DatabaseUnavailable if asked else Unreachable)(
                f"The database at {url.place} cannot be reached (SQLSTATE {error.sqlstate or 'none'}). "
                "Check the URL's host, port, database, user and password, that the server runs, and that this machine may connect."
            ) from None
        # Whatever the database's default: what waits for a lock has to see what the one before it has written.
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        return connection


def _named(error: psycopg.Error) -> str:
    """What the error is about, in names of the schema; its own text carries values."""
    names = {
        "SQLSTATE": error.sqlstate,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
        "type": error.diag.datatype_name,
    }
    return ", ".join(f"{what} {name}" for what, name in names.items() if name)
