"""One transaction on the app's database: queries and savepoints."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import errors

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


@dataclass
class Transaction:
    """One transaction on the app's database, in the schema that the database's URL names, if any."""

    connection: psycopg.Connection[Row]
    schema: str | None

    def execute(self, query: LiteralString, parameters: Parameters = ()) -> int:
        """Runs a query with the placeholders of `names` and returns the number of rows that it touched."""
        return self.connection.execute(composed(query, self.schema), parameters).rowcount

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        """Returns all rows of a query."""
        return self.connection.execute(composed(query, self.schema), parameters).fetchall()

    def one(self, query: LiteralString, parameters: Parameters = ()) -> Row | None:
        """Returns the first row of a query, or None."""
        return self.connection.execute(composed(query, self.schema), parameters).fetchone()

    def value(self, query: LiteralString, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - of any column
        """Returns the only column of a query's first row, or None if there is no row."""
        row = self.one(query, parameters)
        return next(iter(row.values())) if row else None

    @contextmanager
    def savepoint(self, *, undo: bool = False) -> Iterator[None]:
        """Undoes what the block has written if it fails, or in any case with `undo`; the rest of the transaction stays.

        Raises:
            RowRefused: The database refuses a row. The text has the SQLSTATE and names of the schema, never values.
        """
        try:
            with self.connection.transaction(force_rollback=undo):
                yield
        except ROW_ERRORS as error:
            raise RowRefused(_named(error)) from None
        except UnicodeEncodeError:
            raise RowRefused("half a character") from None


def _named(error: psycopg.Error) -> str:
    """Describes an error by the names of the schema, because PostgreSQL's own text carries values."""
    names = {
        "SQLSTATE": error.sqlstate,
        "column": error.diag.column_name,
        "constraint": error.diag.constraint_name,
        "type": error.diag.datatype_name,
    }
    return ", ".join(f"{what} {name}" for what, name in names.items() if name)
