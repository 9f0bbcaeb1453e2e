"""The log of a shop, for tests of politeness."""

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

    @classmethod
    def of(cls, kind: Kind, request: Request, response: Response, *, started: float, ended: float) -> "LoggedRequest":
        """Returns the entry of a request and its response."""
        path, _, query = request.target.partition("?")
        return cls(
            kind=kind,
            method=request.method,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            auth=(request.headers.get("authorization") or "none").split(" ")[0].lower(),
            user_agent=request.headers.get("user-agent", ""),
            connection=request.connection,
            started=started,
            ended=ended,
            status=0 if response.reset or response.linger else response.status,
        )
