"""A database that is observed after each commit, and that can interrupt a run at any of its points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, TypeVar

from magento_sync.db.connection.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.db.connection.database import UrlSource
    from magento_sync.db.connection.transaction import Transaction

P = ParamSpec("P")
Result = TypeVar("Result")

Place = Literal["before", "within", "after"]


class Died(BaseException):
    """The process ends here."""


class Interruption:
    """An act at the n-th point of a run: before, within or after one of its transactions.

    Attributes:
        left: Points until it happens.
        act: The act; called with the place.
    """

    def __init__(self, left: int, act: Callable[[Place], None]) -> None:
        self.left = left
        self.act = act


class WatchedDatabase(Database):
    """The real database.

    Attributes:
        seen: Called after each commit.
        interruption: The planned interruption, if any.
        commits: The number of commits.
    """

    def __init__(self, url: UrlSource) -> None:
        super().__init__(url)
        self.seen: Callable[[], None] = lambda: None
        self.interruption: Interruption | None = None
        self.commits = 0

    def run(self, step: Callable[Concatenate[Transaction, P], Result], /, *args: P.args, **kwargs: P.kwargs) -> Result:
        """Runs a step, with a point before its transaction, one before its commit, and one after."""

        def watched(transaction: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> tuple[Result, bool]:
            result = step(transaction, *args, **kwargs)
            self._point("within")
            wrote = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) > 0 FROM pg_stat_xact_user_tables"
            return result, bool(transaction.value(wrote))

        self._point("before")
        result, wrote = super().run(watched, *args, **kwargs)
        if wrote:
            self.commits += 1
            self.seen()
        self._point("after")
        return result

    def take_commits(self) -> int:
        """Returns the number of commits since the last call."""
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
