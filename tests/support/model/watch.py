"""A database connection that is looked at after each commit, and at which something may happen at any point of a run."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from magento_sync.db.connection.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from magento_sync.db.connection.database import Transaction, UrlSource

Place = Literal["before", "within", "after"]


class Died(BaseException):
    """The process ends here."""


class Interruption:
    """Something that happens at the n-th point of a run: before, within or after one of its transactions.

    Attributes:
        left: Points until it happens.
        act: What happens, given the place.
    """

    def __init__(self, left: int, act: Callable[[Place], None]) -> None:
        self.left = left
        self.act = act


class WatchedDatabase(Database):
    """The real database.

    Attributes:
        seen: Called after each commit.
        interruption: What is to happen, if anything.
        commits: How many there were.
    """

    def __init__(self, url: UrlSource) -> None:
        super().__init__(url)
        self.seen: Callable[[], None] = lambda: None
        self.interruption: Interruption | None = None
        self.commits = 0

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction, with a point before it, one before its commit, and one after."""
        self._point("before")
        with super().transaction() as transaction:
            yield transaction
            self._point("within")
            wrote = transaction.one("SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote")
        if wrote and wrote["wrote"]:
            self.commits += 1
            self.seen()
        self._point("after")

    def take_commits(self) -> int:
        """How many commits were looked at since the last time."""
        commits, self.commits = self.commits, 0
        return commits

    def _point(self, place: Place) -> None:
        planned = self.interruption
        if planned is None:
            return
        planned.left -= 1
        if planned.left < 0:
            self.interruption = None
            planned.act(place)
