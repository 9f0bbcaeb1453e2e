"""Several execution environments at once: threads with their own connections, started at the same moment."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from magento_sync.db.connection.transaction import Transaction
from magento_sync.errors import FenceLost, Refusal
from tests.support.leases import BOUGHT, LATER, another, order
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from magento_sync.db.connection.database import Database
    from tests.support.app import App


P = ParamSpec("P")
Result = TypeVar("Result")

DEADLINE_SECONDS = 30.0
ROUNDS = 25 if WHOLE else 8
ORDERS = [order(number, f"customer{number % 4}@example.com", (BOUGHT, LATER)[number % 2]) for number in range(1, 9)]
EMAILS = sorted({str(one.email) for one in ORDERS})


class Racers:
    """A fixed number of threads with connections. Each race assigns its acts to them at random."""

    def __init__(self, url: str, count: int, seed: int = 1) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secrets
        self._stack = ExitStack()
        self._databases = [self._stack.enter_context(another(url)) for _ in range(count)]
        self._pool = self._stack.enter_context(ThreadPoolExecutor(count))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Closes threads and connections."""
        self._stack.close()

    def race(self, *acts: Callable[[Database], Any]) -> list[Any]:
        """Runs the acts at the same moment; returns their results, which include `FenceLost` and `Refusal`."""
        together = threading.Barrier(len(acts))
        databases = self._chance.sample(self._databases, len(acts))
        turns = self._chance.sample(range(len(acts)), len(acts))

        def run(number: int) -> Any:  # noqa: ANN401
            databases[number].run(Transaction.execute, "SELECT 1")
            together.wait(DEADLINE_SECONDS)
            try:
                return acts[number](databases[number])
            except (FenceLost, Refusal) as lost:
                return lost

        waiting = {number: self._pool.submit(run, number) for number in turns}
        return [waiting[number].result(DEADLINE_SECONDS) for number in range(len(acts))]


def in_transaction(
    step: Callable[Concatenate[Transaction, P], Result], *args: P.args, **kwargs: P.kwargs
) -> Callable[[Database], Result]:
    """Returns an act that runs a step in its own transaction."""
    return lambda database: database.run(step, *args, **kwargs)


def is_whole(app: App, website: str) -> bool:
    """Returns whether the page was stored, and checks that it was not stored partly or twice."""
    there = app.emails(website)
    assert there in ([], EMAILS)
    assert sorted(app.ledger(website)) == ([one.order_id for one in ORDERS] if there else [])
    assert (app.website(website)["magentoLastEntityId"] or 0) == (8 if there else 0)
    counted = [
        sum(run[column] for run in app.runs(website))
        for column in ("importedCustomers", "duplicates", "repeatPurchases")
    ]
    assert counted == ([4, 4, 0] if there else [0, 0, 0])
    return bool(there)


def holder(app: App, website: str) -> str | None:
    """Returns the run that holds the website, and checks that both tables agree."""
    live = [run["id"] for run in app.runs(website) if run["status"] in {"QUEUED", "RUNNING"}]
    row = app.website(website)
    assert live == ([row["magentoSyncRunId"]] if row["magentoAutoUploadStatus"] == "RUNNING" else [])
    return live[0] if live else None
