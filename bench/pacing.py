"""Rounds: as many as wanted, as far as the time allows, so that the bench ends by itself on any machine."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def rounds(most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> Iterator[int]:
    """Yields 0, 1, … up to `most` rounds; after the first, only while one more fits into the seconds.

    Args:
        most: How many rounds are wanted.
        seconds: The time for all of them; the longest round so far tells how long the next one takes.
        clock: The time in seconds.
    """
    started = before = clock()
    longest = 0.0
    for number in range(most):
        if number and clock() - started + longest > seconds:
            return
        yield number
        longest = max(longest, clock() - before)
        before = clock()
