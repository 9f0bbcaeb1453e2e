"""Limits on the size or the number of requests, of a shop or of a server in front of it."""

import threading
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from local.shop.failures import Failure, Healthy, error_page
from local.shop.http.responses import Response


def too_many_orders(most: int, failure: Failure) -> Failure:
    """A response with more than `most` orders fails: too little memory for PHP, or the time-out of a proxy.

    With `most` 0 every order fails, alone and in lists, and an empty list succeeds: a broken extension of orders.
    """

    def respond(healthy: Healthy, target: str) -> Response:
        whole = healthy()
        return failure(lambda: whole, target) if whole.orders > most else whole

    return respond


def long_address(limit: int, failure: Failure) -> Failure:
    """A request whose path and query exceed `limit` bytes fails: the limit of a web server or a firewall."""
    return lambda healthy, target: failure(healthy, target) if len(target) > limit else healthy()


def long_value(limit: int, failure: Failure) -> Failure:
    """A request with a decoded query value of more than `limit` bytes fails: ModSecurity's `ARG_LENGTH`."""

    def respond(healthy: Healthy, target: str) -> Response:
        values = (value for _, value in parse_qsl(urlsplit(target).query))
        too_long = any(len(value.encode()) > limit for value in values)
        return failure(healthy, target) if too_long else healthy()

    return respond


class RateLimit:
    """The leaky bucket of nginx's `limit_req zone=… rate=…r/s burst=… nodelay`, a failure.

    nginx answers 503 in HTML without `Retry-After`, or the status of `limit_req_status`, such as 429.
    """

    def __init__(
        self, per_second: float, burst: int, status: int = 503, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Starts with an empty bucket.

        Args:
            per_second: Requests per second that succeed in the long run.
            burst: How many requests succeed at once beyond that rate.
            status: The status of a refused request.
            clock: The time in seconds.
        """
        self._per_second = per_second
        self._burst = burst
        self._refuse = error_page(status)
        self._clock = clock
        self._lock = threading.Lock()
        self._excess = -1.0
        self._last = clock()

    def __call__(self, healthy: Healthy, target: str) -> Response:
        """Returns the healthy response, or the refusal if the bucket is full."""
        return healthy() if self._passes() else self._refuse(healthy, target)

    def _passes(self) -> bool:
        with self._lock:
            now = self._clock()
            excess = max(0.0, self._excess - (now - self._last) * self._per_second + 1)
            if excess > self._burst:
                return False  # a refused request does not fill the bucket
            self._excess, self._last = excess, now
            return True
