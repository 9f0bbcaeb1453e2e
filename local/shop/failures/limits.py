"""Limits on the size or the number of requests, of a shop or of a server in front of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from local.shop.failures.base import Failure, Healthy
from local.shop.failures.front import ErrorPage
from local.shop.http.responses import Response


@dataclass(frozen=True)
class TooManyOrders(Failure):
    """A response with more than `most` orders fails: too little memory for PHP, or the time-out of a proxy.

    With `most` 0 every order fails, alone and in lists, and an empty list succeeds: a broken extension of orders.
    """

    most: int
    failure: Failure

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure if it contains too many orders."""
        whole = healthy()
        return self.failure.respond(lambda: whole, target) if whole.orders > self.most else whole


@dataclass(frozen=True)
class LongAddress(Failure):
    """A request whose path and query exceed `limit` bytes fails: the limit of a web server or a firewall."""

    limit: int
    failure: Failure

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure if the address is too long."""
        return self.failure.respond(healthy, target) if len(target) > self.limit else healthy()


@dataclass(frozen=True)
class LongValue(Failure):
    """A request with a decoded query value of more than `limit` bytes fails: ModSecurity's `ARG_LENGTH`."""

    limit: int
    failure: Failure

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure if a value is too long."""
        values = (value for _, value in parse_qsl(urlsplit(target).query))
        too_long = any(len(value.encode()) > self.limit for value in values)
        return self.failure.respond(healthy, target) if too_long else healthy()


class RateLimit(Failure):
    """The leaky bucket of nginx's `limit_req zone=… rate=…r/s burst=… nodelay`.

    nginx answers 503 in HTML without `Retry-After`, or the status of `limit_req_status`, such as 429.
    """

    def __init__(
        self, per_second: float, burst: int, failure: Failure | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Starts with an empty bucket.

        Args:
            per_second: Requests per second that succeed in the long run.
            burst: How many requests succeed at once beyond that rate.
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

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure if the bucket is full."""
        return healthy() if self._passes() else self._failure.respond(healthy, target)

    def _passes(self) -> bool:
        with self._lock:
            now = self._clock()
            excess = max(0.0, self._excess - (now - self._last) * self._per_second + 1)
            if excess > self._burst:
                return False  # a refused request does not fill the bucket
            self._excess, self._last = excess, now
            return True
