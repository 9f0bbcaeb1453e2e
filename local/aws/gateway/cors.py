"""CORS: which web pages may call the HTTP API. API Gateway answers preflight requests itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

    from local.aws.template.model import Cors


def preflight_response(request: Request, cors: Cors) -> Response | None:
    """Returns the response to a preflight request, None for any other. It grants nothing to an unknown origin."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    response = add_cors_headers(Response(status=204), request, cors)
    if _origin(request, cors):
        response.headers["access-control-allow-methods"] = ",".join(cors.methods)
        response.headers["access-control-allow-headers"] = ",".join(cors.headers)
        if cors.max_age is not None:
            response.headers["access-control-max-age"] = str(cors.max_age)
    return response


def add_cors_headers(response: Response, request: Request, cors: Cors) -> Response:
    """Returns the response with the API's CORS headers instead of the function's, as API Gateway does."""
    for name in [name for name in response.headers.keys() if name.lower().startswith("access-control-")]:  # noqa: SIM118
        del response.headers[name]
    origin = _origin(request, cors)
    if origin:
        response.headers["access-control-allow-origin"] = origin
        if cors.exposed:
            response.headers["access-control-expose-headers"] = ",".join(cors.exposed)
        if cors.credentials:
            response.headers["access-control-allow-credentials"] = "true"
    return response


def _origin(request: Request, cors: Cors) -> str | None:
    """Returns the allowed origin: the caller's, `*` where any is allowed, or None."""
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    if "*" in cors.origins:
        return "*"
    return origin if origin in cors.origins else None
