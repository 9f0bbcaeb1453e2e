"""The pause between requests, learned from a shop's rate limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from magento_sync.magento.http.failures import Busy

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 5.0


class Pace:
    """Keeps requests apart once a wait has helped twice.

    A rate limit does not name its rate (nginx's `limit_req`: 503 without a date). A wait after which the shop answers
    again is long enough; one such wait may be chance, two are a limit.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seconds = 0.0
        self._waits_that_helped = 0
        self._is_waiting = False
        self._last_request = float("-inf")

    @property
    def has_helped(self) -> bool:
        """Whether a wait has helped: the shop may limit the rate."""
        return self._waits_that_helped > 0

    def seconds_to_wait(self) -> float:
        """Returns the seconds until the next request may be sent."""
        return max(self._last_request + self._seconds - self._clock(), 0.0)

    def note_request(self) -> None:
        """Notes that a request was sent and answered just now."""
        self._last_request = self._clock()

    def note_failure(self, failure: BaseException | None) -> None:
        """Notes a failure after which the request waits and is repeated."""
        self._is_waiting = isinstance(failure, Busy)

    def note_success(self, seconds: float) -> None:
        """Notes an answer, and how long it took with all waits before it."""
        if self._is_waiting:
            self._waits_that_helped += 1
            if self._waits_that_helped > 1:
                self._seconds = max(self._seconds, min(seconds, LONGEST_SECONDS))
        self._is_waiting = False

    def give_up(self) -> None:
        """Notes that no wait has helped: it was no rate limit."""
        self._is_waiting = False
