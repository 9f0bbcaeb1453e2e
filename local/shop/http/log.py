"""What was asked of a shop, for asserting politeness."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from local.shop.http.request import Kind


@dataclass(frozen=True)
class Asked:
    """One request that the shop received.

    Attributes:
        kind: What it was about.
        path: As sent, without the query.
        query: Decoded, names as sent.
        auth: The scheme of its credentials (`oauth`, `bearer`, …), or `none`.
        connection: The same for requests over one connection.
        started: When it arrived, in seconds of a monotonic clock.
        ended: When its answer was ready.
        status: Of the answer; 0 where it never ended, or by a reset.
    """

    kind: Kind
    method: str
    path: str
    query: Mapping[str, str]
    auth: str
    user_agent: str
    connection: int
    started: float
    ended: float
    status: int


class RequestLog:
    """Keeps what was asked, in the order in which it was answered."""

    def __init__(self) -> None:
        """Start empty."""
        self._lock = threading.Lock()
        self._asked: list[Asked] = []

    def add(self, asked: Asked) -> None:
        """Note one request."""
        with self._lock:
            self._asked.append(asked)

    def all(self) -> list[Asked]:
        """All requests so far."""
        with self._lock:
            return list(self._asked)

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._asked.clear()


def most_at_once(asked: list[Asked]) -> int:
    """How many of the requests were under way at the same time."""
    edges = sorted([(one.started, 1) for one in asked] + [(one.ended, -1) for one in asked])
    most = running = 0
    for _, step in edges:
        running += step
        most = max(most, running)
    return most
