"""Several execution environments at once: threads with a connection each, let loose at the same moment."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from magento_sync.errors import FenceLost, Refusal
from tests.integration.holding import another

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from magento_sync.database import Database

DEADLINE_SECONDS = 30.0


class Racers:
    """A fixed number of them; each round lets as many acts loose, to another racer every time."""

    def __init__(self, url: str, count: int, seed: int = 1) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secrets
        self._stack = ExitStack()
        self._databases = [self._stack.enter_context(another(url)) for _ in range(count)]
        self._pool = self._stack.enter_context(ThreadPoolExecutor(count))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Ends threads and connections."""
        self._stack.close()

    def race(self, *acts: Callable[[Database], Any]) -> list[Any]:
        """What came of each act; a lost race is an answer too."""
        together = threading.Barrier(len(acts))
        databases = self._chance.sample(self._databases, len(acts))
        turns = self._chance.sample(range(len(acts)), len(acts))

        def run(number: int) -> Any:  # noqa: ANN401
            with databases[number].transaction():
                pass
            together.wait(DEADLINE_SECONDS)
            try:
                return acts[number](databases[number])
            except (FenceLost, Refusal) as lost:
                return lost

        waiting = {number: self._pool.submit(run, number) for number in turns}
        return [waiting[number].result(DEADLINE_SECONDS) for number in range(len(acts))]
