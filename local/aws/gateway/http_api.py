"""The HTTP API: routes, CORS and time-outs as in the template.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from local.aws.functions.invocation import Invocation
from local.aws.functions.service import LambdaService, ThrottledError
from local.aws.gateway.authorization import authorize
from local.aws.gateway.cors import add_cors_headers, preflight_response
from local.aws.gateway.events import function_response, message, new_request_id, request_event
from local.aws.server import LocalServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.gateway.authorization import Claims
    from local.aws.template.model import Route, Template

MAX_BODY = 10 * 1024 * 1024
"""The largest request body in bytes."""
MAX_INTEGRATIONS = 200
"""Requests that wait for a function at the same time; Lambda's own limit is lower."""


class HttpApi(LocalServer):
    """Serves the template's routes.

    `pages` holds, by path, the pages and files that only the local stack has; they take precedence over routes.
    """

    def __init__(
        self,
        template: Template,
        service: LambdaService,
        claims_of: Claims | None = None,
        pages: Mapping[str, Callable[[Request], Response]] | None = None,
        port: int = 0,
    ) -> None:
        self._service = service
        self._pages = dict(pages or {})
        self._claims_of = claims_of
        self._cors = template.cors
        self._routes = Map(
            [_rule(route) for route in template.routes],
            strict_slashes=False,
            merge_slashes=False,
            redirect_defaults=False,
        )
        self._integrations = ThreadPoolExecutor(MAX_INTEGRATIONS, "http-api-integration")
        super().__init__(self._respond, "http-api", port)

    def close(self) -> None:
        """Stops serving."""
        super().close()
        self._integrations.shutdown(wait=False)

    def _respond(self, request: Request) -> Response:
        if request.path in self._pages and request.method in {"GET", "HEAD"}:
            return self._pages[request.path](request)
        request_id = new_request_id()
        response = preflight_response(request, self._cors) if self._cors else None
        if response is None:
            response = self._routed(request, request_id)
            if self._cors:
                add_cors_headers(response, request, self._cors)
        response.headers["apigw-requestid"] = request_id
        return response

    def _routed(self, request: Request, request_id: str) -> Response:
        route, path_parameters = self._match(request)
        if route is None:
            return message(404, "Not Found")
        authorizer = authorize(route, request, self._claims_of)
        if isinstance(authorizer, Response):
            return authorizer
        if len(request.get_data()) > MAX_BODY:
            return message(413, "Request Entity Too Large")
        event = request_event(request, request_id, route.key, path_parameters, authorizer)
        return self._invoke(route, event)

    def _match(self, request: Request) -> tuple[Route | None, dict[str, Any]]:
        try:
            rule, parameters = self._routes.bind_to_environ(request.environ).match(return_rule=True)
        except HTTPException:
            return None, {}
        route: Route = rule.endpoint
        # werkzeug serves HEAD by a GET route; API Gateway does not.
        return (None, {}) if request.method == "HEAD" else (route, dict(parameters))

    def _invoke(self, route: Route, event: dict[str, Any]) -> Response:
        function = self._service.function(route.function)
        if function is None:
            return message(500, "Internal Server Error")
        # The function continues after the API's time-out.
        pending = self._integrations.submit(self._service.invoke, function, Invocation(json.dumps(event).encode()))
        try:
            result = pending.result(route.timeout)
        except (TimeoutError, ThrottledError):
            return message(503, "Service Unavailable")
        if result.failed:
            return message(500, "Internal Server Error")
        try:
            return function_response(result.payload)
        except (ValueError, TypeError):
            return message(500, "Internal Server Error")


def _rule(route: Route) -> Rule:
    method, _, path = route.key.partition(" ")
    return Rule(path.replace("{", "<").replace("}", ">"), methods=[method], endpoint=route)
