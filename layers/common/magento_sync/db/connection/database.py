"""The app's PostgreSQL: one connection per execution environment, checked before use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

import psycopg
from psycopg import IsolationLevel, errors

from magento_sync.db.connection.connect import Unreachable, connect
from magento_sync.db.connection.database_url import DatabaseUrl, parse_database_url
from magento_sync.db.connection.diagnosis import explain
from magento_sync.db.connection.retries import RESERVE_SECONDS, is_transient, retrying
from magento_sync.db.connection.transaction import Transaction
from magento_sync.errors import ConfigurationError, DatabaseUnavailable, MigrationMissing, TransactionUndone

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.transaction import Row
    from magento_sync.deadline import Deadline

P = ParamSpec("P")
Result = TypeVar("Result")

# Set inside each transaction, because behind a pooler the next transaction can get another session.
TRANSACTION_SETTINGS = """
    SELECT set_config('TimeZone', 'UTC', true), set_config('statement_timeout', %(statement)s, true),
           set_config('lock_timeout', %(lock)s, true), set_config('idle_in_transaction_session_timeout', '60s', true)
"""
STATEMENT_SECONDS = 60.0
LOCK_SECONDS = 30.0
LEAST_SECONDS = 1.0
LEAST_CONNECT_SECONDS = 2.0  # libpq's minimum
# NULL where the transaction has written nothing.
NUMBER = "SELECT pg_current_xact_id_if_assigned()::text AS number"
OUTCOME = "SELECT pg_xact_status(%s::xid8) AS outcome"
# Rights, row level security, or the type of a column of the app.
UNFIT = (errors.InsufficientPrivilege, errors.DatatypeMismatch, errors.UndefinedFunction, errors.CannotCoerce)


class UrlSource(Protocol):
    """Gives the database's URL."""

    def __call__(self, *, fresh: bool = False) -> str:
        """Returns the URL; `fresh` where a cached one did not work."""


class OutcomeUnknown(DatabaseUnavailable):
    """The connection was lost in the COMMIT, and the server does not say yet whether that took effect."""


class Database:
    """Runs steps in transactions, over a connection that is opened when first needed and anew once it is lost.

    The connection of a frozen execution environment dies unnoticed, so each transaction begins with a check of it.

    Attributes:
        deadline: When the invocation ends. Transient failures are retried, and statements limited, within that time.
            None: each step is tried once, with the full statement time-outs.
    """

    def __init__(self, url: UrlSource, deadline: Deadline | None = None) -> None:
        """Stores the source of the URL, which gives a fresh URL on request, for a password that was changed."""
        self.deadline = deadline
        self._url = url
        self._connection: psycopg.Connection[Row] | None = None
        self._schema: str | None = None

    def run(self, step: Callable[Concatenate[Transaction, P], Result], /, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Calls `step(transaction, *args, **kwargs)` in a transaction, commits it, and returns the step's result.

        Repeats the step, while the deadline leaves time, if the server has undone it for a transient reason. A COMMIT
        that was not answered is looked up first, so nothing is done twice. The step must have no other effects.

        Raises:
            TransactionUndone: Nothing was written, and the same step can succeed later.
            DatabaseUnavailable: The database could not be reached, or failed. The text has the SQLSTATE only, because
                PostgreSQL's own texts carry key values.
            MigrationMissing: The database lacks our tables or columns.
            ConfigurationError: The user lacks a right, row level security refuses a row, or a column of the app has an
                unusable type. The text names them.
        """
        result: Result = retrying(self.deadline, TransactionUndone)(self._attempt, step, *args, **kwargs)
        return result

    def close(self) -> None:
        """Closes the connection, if it is open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(
        self, step: Callable[Concatenate[Transaction, P], Result], /, *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        connection = self._living_connection()
        number: str | None = None
        ended = False
        try:
            with connection.transaction():
                connection.execute(TRANSACTION_SETTINGS, self._timeouts())
                result = step(Transaction(connection, self._schema), *args, **kwargs)
                row = connection.execute(NUMBER).fetchone()
                number = row["number"] if row else None
                ended = True
        except (errors.UndefinedTable, errors.UndefinedColumn):
            raise MigrationMissing from None
        except UNFIT as error:
            reason = explain(connection, self._schema)
            raise ConfigurationError(
                f"The database refuses a statement (SQLSTATE {error.sqlstate}). {reason}"
            ) from None
        except psycopg.Error as error:
            is_lost = connection.closed
            kind = TransactionUndone if is_transient(error, broken=is_lost) else DatabaseUnavailable
            failure = kind(f"The database failed (SQLSTATE {error.sqlstate or 'none'}).")
            # Some failures, such as a server that is read-only after a failover, end only with a new connection.
            self.close()
        else:
            return result
        # A transaction that wrote nothing loses nothing with its COMMIT.
        if ended and is_lost:
            is_kept = number is None or retrying(self.deadline, OutcomeUnknown)(self._outcome, number) == "committed"
            if is_kept:
                return result
        raise failure

    def _timeouts(self) -> dict[str, str]:
        """Returns time-outs within the time left, so that the caller gets an error before the invocation is killed."""
        longest = STATEMENT_SECONDS
        if self.deadline:
            longest = min(longest, max(self.deadline.seconds_left() - RESERVE_SECONDS, LEAST_SECONDS))
        bounds = {"statement": longest, "lock": min(LOCK_SECONDS, longest)}
        return {name: f"{seconds * 1000:.0f}ms" for name, seconds in bounds.items()}

    def _outcome(self, number: str) -> str:
        """Returns what became of a transaction whose COMMIT was not answered."""
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
        try:
            return self._connect(parse_database_url(self._url()))
        except (DatabaseUnavailable, ConfigurationError):
            fresh = parse_database_url(self._url(fresh=True))
        return retrying(self.deadline, Unreachable)(self._connect, fresh)

    def _connect(self, url: DatabaseUrl) -> psycopg.Connection[Row]:
        self._schema = url.schema
        most_seconds = None
        if self.deadline:
            most_seconds = max(self.deadline.seconds_left() - RESERVE_SECONDS, LEAST_CONNECT_SECONDS)
        connection = connect(url, most_seconds)
        # Whatever the database's default: a transaction that waits for a lock must see what the previous holder wrote.
        connection.isolation_level = IsolationLevel.READ_COMMITTED
        return connection
