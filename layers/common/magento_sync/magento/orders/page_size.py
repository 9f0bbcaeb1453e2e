"""How many orders are asked for at a time: as many as the shop answers easily."""

from __future__ import annotations

import math

LARGEST = 300  # Magento's own maximum where its limit is on
QUICK_SECONDS = 2.0
SLOW_SECONDS = 10.0
GAIN = 0.75  # of the time, at least, that half a page has to come within
PROOFS = 10  # quick answers after a failure, before larger pages are tried again


class PageSize:
    """Grows while answers are quick, halves when they are slow or fail, and never goes over the shop's own limit.

    After a failure it grows back with care, because each attempt at too large a page may cost a minute.
    """

    def __init__(self, start: int) -> None:
        self.now = min(start, LARGEST)
        self._limit = LARGEST
        self._proofs_needed = 0
        self._slow_seconds = math.inf
        self._in_vain = False

    def answered(self, seconds: float, *, full: bool) -> None:
        """Follows an answer; a page that was not full says nothing of larger ones."""
        if seconds > SLOW_SECONDS and not self._in_vain:
            self._slow(seconds)
        elif seconds < QUICK_SECONDS and full and self._proofs_needed:
            self._proofs_needed -= 1
        elif seconds < QUICK_SECONDS and full:
            self.now = min(self.now * 2, self._limit)

    def _slow(self, seconds: float) -> None:
        """Where half of the orders take nearly as long, it is not they that take the time, and small pages would only be many."""
        if seconds > GAIN * self._slow_seconds:
            self._in_vain = True
            self.now = min(self.now * 2, self._limit)
        else:
            self._slow_seconds = seconds
            self.shrink(self.now)

    def shrink(self, size: int) -> None:
        """Takes half of a size that was too much, unless it is smaller by now."""
        self.now = max(min(self.now, size // 2), 1)
        self._proofs_needed = PROOFS

    def limit(self, largest: int) -> bool:
        """Keeps to the shop's maximum; False where that is of no use."""
        if not 0 < largest < self.now:
            return False
        self._limit = self.now = largest
        return True
