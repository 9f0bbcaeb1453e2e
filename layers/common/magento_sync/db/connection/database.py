"""The app's PostgreSQL: one connection per execution environment, replaced once it is lost."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Concatenate, LiteralString, ParamSpec, Protocol, TypeVar

import psycopg
from psycopg import errors

from magento_sync.db.connection.connect import Unreachable, connect
from magento_sync.db.connection.database_url import DatabaseUrl, parse_database_url
from magento_sync.db.connection.diagnosis import explain
from magento_sync.db.connection.retries import RESERVE_SECONDS, is_transient, retrying
from magento_sync.db.connection.transaction import Transaction
from magento_sync.errors import ConfigurationError, DatabaseUnavailable, MigrationMissing, TransactionUndone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_sync.db.connection.transaction import Answer, Row
    from magento_sync.deadline import Deadline

P = ParamSpec("P")
Result = TypeVar("Result")

# Whatever the database's default level: a transaction that waits for a lock must see what the previous holder wrote.
# Inside the transaction, because behind a pooler the next one can get another session. The page cost is that of a disk
# without moving parts: with the default, PostgreSQL reads all customers of a website with 10,000 to look up 100.
BEGIN: tuple[LiteralString, ...] = (
    "BEGIN ISOLATION LEVEL READ COMMITTED",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL statement_timeout = %(statement)s",
    "SET LOCAL lock_timeout = %(lock)s",
    "SET LOCAL idle_in_transaction_session_timeout = 60000",
    "SET LOCAL random_page_cost = 1.1",
)
# A server that only reads gives no number.
NUMBER = "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_xact_id()::text END AS number"
STATEMENT_SECONDS = 60.0
LOCK_SECONDS = 30.0
LEAST_SECONDS = 1.0
LEAST_CONNECT_SECONDS = 2.0  # libpq's minimum
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
        was_open = self._connection is not None
        connection, transaction, number = self._begin()
        ended = False
        try:
            with _undone_on_failure(connection):
                result = step(transaction, *args, **kwargs)
                number.value()  # before the COMMIT, which is looked up by it if it is not answered
                ended = True
                transaction.queue("COMMIT")
                transaction.flush()
        except (errors.UndefinedTable, errors.UndefinedColumn):
            raise MigrationMissing from None
        except UNFIT as error:
            reason = explain(Transaction(connection, self._schema))
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
        if is_lost and was_open and number.rows is None:
            # The connection of a frozen execution environment dies unnoticed.
            return self._attempt(step, *args, **kwargs)
        if ended and is_lost:
            # Without a number, nothing can have been written, hence nothing lost.
            given = number.value()
            is_kept = given is None or retrying(self.deadline, OutcomeUnknown)(self._outcome, given) == "committed"
            if is_kept:
                return result
        raise failure

    def _begin(self) -> tuple[psycopg.Connection[Row], Transaction, Answer]:
        """Queues the beginning of a transaction, and returns the answer that will be the transaction's number.

        Statements are limited to the time left, so that the caller gets an error before the invocation is killed.
        """
        if self._connection is None:
            self._connection = self._open()
        longest = STATEMENT_SECONDS
        if self.deadline:
            longest = min(longest, max(self.deadline.seconds_left() - RESERVE_SECONDS, LEAST_SECONDS))
        limits = {"statement": round(1000 * longest), "lock": round(1000 * min(LOCK_SECONDS, longest))}
        transaction = Transaction(self._connection, self._schema)
        for statement in BEGIN:
            transaction.queue(statement, limits)
        return self._connection, transaction, transaction.queue(NUMBER)

    def _outcome(self, number: str) -> str:
        """Returns what became of a transaction whose COMMIT was not answered."""
        connection, transaction, _ = self._begin()
        try:
            outcome = transaction.value(OUTCOME, [number])
            connection.rollback()
        except psycopg.Error:
            self.close()
            outcome = None
        if outcome not in {"committed", "aborted"}:
            raise OutcomeUnknown("The connection to the database was lost in a COMMIT, which may have taken effect.")
        return str(outcome)

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
        return connect(url, most_seconds)


@contextmanager
def _undone_on_failure(connection: psycopg.Connection[Row]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(psycopg.Error):
            connection.rollback()
        raise
