"""The requests that a shop received, for tests of politeness."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from local.shop.http.request import Kind, Request
from local.shop.http.responses import Response


@dataclass(frozen=True)
class LoggedRequest:
    """One request.

    Attributes:
        kind: What it asks for.
        path: As sent, without the query.
        query: Decoded values by name as sent.
        auth: The scheme of its credentials (`oauth`, `bearer`, …), or `none`.
        connection: The same number for all requests of one connection.
        started: When it arrived, in seconds of a monotonic clock.
        ended: When its response was ready.
        status: The response's; 0 if the connection was reset or the response never ended.
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
    """Keeps requests in the order in which they were answered. Any thread may use it."""

    def __init__(self) -> None:
        """Starts empty."""
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []

    def add(self, kind: Kind, request: Request, response: Response, times: tuple[float, float]) -> None:
        """Logs a request that started and ended at these times."""
        path, _, query = request.target.partition("?")
        logged = LoggedRequest(
            kind=kind,
            method=request.method,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            auth=(request.headers.get("authorization") or "none").split(" ")[0].lower(),
            user_agent=request.headers.get("user-agent", ""),
            connection=request.connection,
            started=times[0],
            ended=times[1],
            status=0 if response.reset or response.linger else response.status,
        )
        with self._lock:
            self._requests.append(logged)

    def all(self) -> list[LoggedRequest]:
        """Returns all requests so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Empties the log."""
        with self._lock:
            self._requests.clear()


def max_concurrent(requests: list[LoggedRequest]) -> int:
    """Returns how many of the requests were in progress at the same time."""
    edges = sorted([(one.started, 1) for one in requests] + [(one.ended, -1) for one in requests])
    most = running = 0
    for _, step in edges:
        running += step
        most = max(most, running)
    return most
