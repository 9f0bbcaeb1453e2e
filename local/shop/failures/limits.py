"""Limits of a shop, or of what stands before it, that depend on the size or the number of requests."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from local.shop.failures.base import Fault, Real
from local.shop.failures.front import ErrorPage
from local.shop.http.responses import Answer


@dataclass(frozen=True)
class TooManyOrders(Fault):
    """An answer with more than `most` orders fails: too much for PHP's memory, or for the time-out of a proxy.

    With `most` 0 every order fails, alone and in lists, while an empty page answers (a broken extension of orders).
    """

    most: int
    failure: Fault

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer, or the failure where it holds too many orders."""
        whole = real()
        return self.failure.answer(lambda: whole, target) if whole.orders > self.most else whole


@dataclass(frozen=True)
class LongAddress(Fault):
    """A request fails whose path and query are longer than `limit` bytes: a web server's or a firewall's limit."""

    limit: int
    failure: Fault

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer, or the failure where the address is too long."""
        return self.failure.answer(real, target) if len(target) > self.limit else real()


@dataclass(frozen=True)
class LongValue(Fault):
    """A request fails that has a query value of more than `limit` bytes, decoded: ModSecurity's `ARG_LENGTH`."""

    limit: int
    failure: Fault

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer, or the failure where a value is too long."""
        values = (value for _, value in parse_qsl(urlsplit(target).query))
        too_long = any(len(value.encode()) > self.limit for value in values)
        return self.failure.answer(real, target) if too_long else real()


class RateLimit(Fault):
    """The leaky bucket of nginx's `limit_req zone=… rate=…r/s burst=… nodelay`.

    nginx itself answers 503 in HTML without `Retry-After`, or 429 where `limit_req_status` says so.
    """

    def __init__(
        self, per_second: float, burst: int, failure: Fault | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Starts with an empty bucket.

        Args:
            per_second: Requests per second that pass in the long run.
            burst: How many requests pass at once beyond that.
            failure: What a refused request gets; nginx's 503 if left out.
            clock: The time in seconds.
        """
        self._per_second = per_second
        self._burst = burst
        self._failure = failure or ErrorPage(503)
        self._clock = clock
        self._lock = threading.Lock()
        self._excess = -1.0
        self._last = clock()

    def answer(self, real: Real, target: str) -> Answer:
        """Returns the real answer, or the failure where the bucket is full."""
        return real() if self._passes() else self._failure.answer(real, target)

    def _passes(self) -> bool:
        with self._lock:
            now = self._clock()
            excess = max(0.0, self._excess - (now - self._last) * self._per_second + 1)
            if excess > self._burst:
                return False  # nginx counts only requests that pass
            self._excess, self._last = excess, now
            return True
