"""Calls the API's functions with events of API Gateway's HTTP API (payload format 2.0)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.support.functions import ROOT, call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.functions import Context

POSTED = json.loads((ROOT / "events" / "manual-sync-post.json").read_text())
PATH = POSTED["rawPath"]
CRON = "/api/cron/auto-sync"


@dataclass(frozen=True)
class Response:
    """A response."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def code(self) -> str | None:
        """The error's code, if it is an error."""
        error: dict[str, str] = self.body.get("error", {})
        return error.get("code")

    @property
    def field_errors(self) -> dict[str, str]:
        """The codes of the invalid fields."""
        return {field["field"]: field["code"] for field in self.body["error"].get("fields", [])}


@dataclass(frozen=True)
class Api:
    """A caller of one function.

    Attributes:
        function: The folder in `functions/`.
        claims: The claims of the caller's token; None for an AWS principal.
        context: The context of the invocation.
    """

    function: str = "manual_sync"
    claims: dict[str, str] | None = None
    context: Context | None = None

    def get(self, path: str, query: Sequence[tuple[str, str]] = (), **headers: str) -> Response:
        return self.ask("GET", path, query, **headers)

    def delete(self, path: str, query: Sequence[tuple[str, str]] = (), **headers: str) -> Response:
        return self.ask("DELETE", path, query, **headers)

    def post(self, body: object, path: str = PATH, **headers: str) -> Response:
        return self.ask("POST", path, (), json.dumps(body), **headers)

    def sync(self, website: str, **headers: str) -> Response:
        """Starts a sync, as the button does."""
        return self.post({"websiteId": website}, **headers)

    def ask(
        self, method: str, path: str, query: Sequence[tuple[str, str]] = (), body: str | None = None, **headers: str
    ) -> Response:
        event = self.event(method, path, query, **headers)
        return self.send(event if body is None else {**event, "body": body})

    def event(self, method: str, path: str, query: Sequence[tuple[str, str]] = (), **headers: str) -> dict[str, Any]:
        context = {**POSTED["requestContext"], "routeKey": f"{method} {path}"}
        context["http"] = {**context["http"], "method": method, "path": path}
        if self.claims is not None:
            context["authorizer"] = {"jwt": {"claims": self.claims, "scopes": None}}
        event = {
            **POSTED,
            "routeKey": f"{method} {path}",
            "rawPath": path,
            "rawQueryString": urlencode(query, errors="surrogatepass"),
            "headers": {**POSTED["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}},
            "requestContext": context,
        }
        del event["body"]
        if query:
            event["queryStringParameters"] = {
                name: ",".join(value for other, value in query if other == name) for name, _ in query
            }
        return event

    def send(self, event: dict[str, Any]) -> Response:
        """Calls the handler, and checks what all responses have in common."""
        result = call(self.function, event, self.context)
        assert json.loads(json.dumps(result).encode()) == result
        result["body"].encode()
        headers = {name.lower(): str(value) for name, value in result["headers"].items()}
        assert headers["content-type"] == "application/json"
        assert headers["cache-control"] == "no-store"
        assert headers["content-language"] in {"nl", "en"}
        return Response(result["statusCode"], json.loads(result["body"]), headers)
