"""The plans of a step's queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, LiteralString

from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.names import composed

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Parameters, Row


class _Explaining(Transaction):
    """Keeps the plan of each query for all rows, and then runs the query."""

    plan = ""

    def all(self, query: LiteralString, parameters: Parameters = ()) -> list[Row]:
        lines = self.connection.execute(b"EXPLAIN " + composed(query, self.schema), parameters).fetchall()
        self.plan += "\n".join(row["QUERY PLAN"] for row in lines) + "\n"
        return super().all(query, parameters)


def explained(database: Database, step: Callable[[Transaction], object], settings: LiteralString = "SELECT 1") -> str:
    """Runs a step, and returns the plans of its queries for all rows. `settings` are the planner's."""

    def explaining(transaction: Transaction) -> str:
        asked = _Explaining(transaction.connection, transaction.schema)
        transaction.execute(settings)
        step(asked)
        return asked.plan

    return database.run(explaining)
