"""One transaction on the app's database: queries and savepoints."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import ClientCursor, errors
from psycopg.pq import ExecStatus

from magento_sync.db.names import composed
from magento_sync.errors import RowRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    Row = dict[str, Any]
    Parameters = Sequence[object] | Mapping[str, object]

# ObjectNotInPrerequisiteState: a deferrable unique constraint, which ON CONFLICT cannot use.
ROW_ERRORS = (
    errors.DataError,
    errors.IntegrityError,
    errors.RaiseException,
    errors.ProgramLimitExceeded,
    errors.ObjectNotInPrerequisiteState,
)


class Transaction:
    """One transaction on the app's database, in the schema that the database's URL names, if any."""

    def __init__(self, connection: psycopg.Connection[Row], schema: str | None) -> None:
        self.connection = connection
        self.schema = schema
        self._cursor = ClientCursor(connection)
        self._queue: list[tuple[str, Answer]] = []

    def execute(self, query: LiteralString, parameters: Parameters = ()) -> int:
        """Runs a query with the placeholders of `names` and returns the number of rows that it touched."""
        return self._run(query, parameters).rowcount

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        """Returns all rows of a query."""
        return self._run(query, parameters).fetchall()

    def one(self, query: LiteralString, parameters: Parameters = ()) -> Row | None:
        """Returns the first row of a query, or None."""
        return self._run(query, parameters).fetchone()

    def value(self, query: LiteralString, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - of any column
        """Returns the only column of a query's first row, or None if there is no row."""
        return _only_column(self.one(query, parameters))

    def queue(self, query: LiteralString, parameters: Parameters = ()) -> Answer:
        """Queues a query: all that is queued goes to the server in one message, hence in one round trip.

        It is sent when one of the answers is read, before any other query, or with the COMMIT. The parameters become
        part of the text: queue no personal data and no secrets, because the server logs the text of a query that fails,
        and no long lists, because RDS Proxy keeps a session for a client that sent more than 16 KB.
        """
        answer = Answer(self)
        self._queue.append((self._cursor.mogrify(composed(query, self.schema), parameters), answer))
        return answer

    def flush(self) -> None:
        """Sends what is queued. Each query sees what was committed before it began, as if it were sent alone."""
        if self._queue:
            queue, self._queue = self._queue, []
            message = ";\n".join(text for text, _ in queue)
            self._cursor.execute(message.encode(self.connection.info.encoding))
            for (_, answer), cursor in zip(queue, self._cursor.results(), strict=True):
                has_rows = cursor.pgresult and cursor.pgresult.status == ExecStatus.TUPLES_OK
                answer.rows = cursor.fetchall() if has_rows else []

    @contextmanager
    def savepoint(self, *, undo: bool = False) -> Iterator[None]:
        """Undoes what the block has written if it fails, or in any case with `undo`; the rest of the transaction stays.

        Raises:
            RowRefused: The database refuses a row. The text has the SQLSTATE and names of the schema, never values.
        """
        self.flush()
        try:
            with self.connection.transaction(force_rollback=undo):
                try:
                    yield
                    self.flush()
                finally:
                    # What a block that fails has queued must not be sent after it.
                    self._queue.clear()
        except ROW_ERRORS as error:
            raise RowRefused(_named(error)) from None
        except UnicodeEncodeError:
            raise RowRefused("half a character") from None

    def _run(self, query: LiteralString, parameters: Parameters) -> psycopg.Cursor[Row]:
        self.flush()
        return self.connection.execute(composed(query, self.schema), parameters)


class Answer:
    """What a queued query returns. Reading it sends the queue.

    Attributes:
        rows: The rows; None until the query is sent.
    """

    def __init__(self, transaction: Transaction) -> None:
        self.rows: list[Row] | None = None
        self._transaction = transaction

    def all(self) -> list[Row]:
        """Returns all rows."""
        if self.rows is None:
            self._transaction.flush()
        return self.rows or []

    def one(self) -> Row | None:
        """Returns the first row, or None."""
        return next(iter(self.all()), None)

    def value(self) -> Any:  # noqa: ANN401 - of any column
        """Returns the only column of the first row, or None if there is no row."""
        return _only_column(self.one())


def _only_column(row: Row | None) -> Any:  # noqa: ANN401 - of any type
    return next(iter(row.values())) if row else None


def _named(error: psycopg.Error) -> str:
    """Describes an error by the names of the schema, because PostgreSQL's own text carries values."""
    names = {
        "SQLSTATE": error.sqlstate,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
        "type": error.diag.datatype_name,
    }
    return ", ".join(f"{what} {name}" for what, name in names.items() if name)
