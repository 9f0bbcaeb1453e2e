"""The number of orders per page: as many as the shop answers quickly."""

from __future__ import annotations

import math

LARGEST = 300  # Magento's own maximum if its limit is on
QUICK_SECONDS = 2.0
SLOW_SECONDS = 10.0
GAIN = 0.75  # half a page must take less than this part of the whole page's time
PROOFS = 10  # quick answers needed after a failure before the page grows again


class PageSize:
    """Grows while answers are quick, halves when they are slow or fail, and never exceeds the shop's own limit.

    After a failure it grows slowly, because each page that is too large may cost a minute.
    """

    def __init__(self, start: int) -> None:
        self.now = min(start, LARGEST)
        self._limit = LARGEST
        self._proofs_needed = 0
        self._slow_seconds = math.inf
        self._in_vain = False

    def answered(self, seconds: float, *, full: bool) -> None:
        """Adapts to an answer; a page that was not full does not show how long a larger page takes."""
        if seconds > SLOW_SECONDS and not self._in_vain:
            self._slow(seconds)
        elif seconds < QUICK_SECONDS and full and self._proofs_needed:
            self._proofs_needed -= 1
        elif seconds < QUICK_SECONDS and full:
            self.now = min(self.now * 2, self._limit)

    def _slow(self, seconds: float) -> None:
        """Shrinks the page, or grows it if half a page takes as long: latency is per request, not per order."""
        if seconds > GAIN * self._slow_seconds:
            self._in_vain = True
            self.now = min(self.now * 2, self._limit)
        else:
            self._slow_seconds = seconds
            self.shrink(self.now)

    def shrink(self, size: int) -> None:
        """Halves a size that was too large, unless the page is smaller by now."""
        self.now = max(min(self.now, size // 2), 1)
        self._proofs_needed = PROOFS

    def limit(self, largest: int) -> bool:
        """Sets the shop's maximum; returns False if it is not smaller than the page."""
        if not 0 < largest < self.now:
            return False
        self._limit = self.now = largest
        return True
