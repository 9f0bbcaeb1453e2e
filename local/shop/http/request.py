"""A request as the shop receives it, and the service that its path names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from local.shop.http import php
from local.shop.http.responses import Refusal, html_page, refusal

Kind = Literal["list", "order", "stores", "token", "other"]

_VERSION = re.compile(r"V\d+")


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        target: Path and query as sent.
        headers: Values by lower-case name.
        connection: The same number for all requests of one connection.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    connection: int = 0

    @property
    def path(self) -> str:
        """The path as sent."""
        return urlsplit("/" + self.target.lstrip("/")).path

    @property
    def query_string(self) -> str:
        """The query as sent."""
        return self.target.partition("?")[2]

    @cached_property
    def query(self) -> dict[str, Any]:
        """The query as PHP parses it."""
        return php.parse_query(self.query_string)

    @property
    def address(self) -> str:
        """The URL that the shop assumes the client called."""
        scheme = self.headers.get("x-forwarded-proto", "http")
        return f"{scheme}://{self.headers.get('host', '')}{self.target}"


@dataclass(frozen=True)
class Route:
    """The service of a path; `order_id` is text as sent."""

    kind: Kind
    order_id: str = ""


def segments(path: str, folder: str) -> list[str] | None:
    """Returns the parts of a path after `/rest`, or None if the path is outside the API."""
    parts = [unquote(part) for part in path.split("/") if part]
    for expected in folder.strip("/").split("/") if folder else []:
        if parts[:1] != [expected]:
            return None
        parts = parts[1:]
    parts = parts[1:] if parts[:1] == ["index.php"] else parts
    return parts[1:] if parts[:1] == ["rest"] else None


def kind_of(path: str, folder: str = "") -> Kind:
    """Returns what a path asks for, whether or not it is valid."""
    match segments(path, folder):
        case [*_, "orders"]:
            return "list"
        case [*_, "orders", _]:
            return "order"
        case [*_, "storeConfigs"]:
            return "stores"
        case [*_, "token"]:
            return "token"
        case _:
            return "other"


def route(request: Request, store_codes: Iterable[str], folder: str = "") -> Route:
    """Returns the service of a request.

    Raises:
        Refusal: The storefront's 404 outside the API (63-rest-uppercase), 400 for an unknown store code or a path
            without a version (37, 63), 404 for an unknown service or method (63).
    """
    parts = segments(request.path, folder)
    if parts is None:
        raise Refusal(html_page(404, "404 Not Found", "Whoops, our bad..."))
    if not parts or not _VERSION.fullmatch(parts[0]):
        if not parts or parts[0] not in {"all", *store_codes}:
            raise refusal(400, "Specified request cannot be processed.")
        parts = parts[1:]
    match request.method, parts:
        case "GET", ["V1", "orders"]:
            return Route("list")
        case "GET", ["V1", "orders", order_id]:
            return Route("order", order_id)
        case "GET", ["V1", "store", "storeConfigs"]:
            return Route("stores")
        case "POST", ["V1", "integration", "admin", "token"]:
            return Route("token")
        case _:
            raise refusal(404, "Request does not match any route.")
