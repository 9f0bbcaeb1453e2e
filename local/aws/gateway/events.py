"""The HTTP API's events and responses in payload format 2.0.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from local.aws.template.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Request

API_ID = "local"
DOMAIN = f"{API_ID}.execute-api.{REGION}.amazonaws.com"
TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
"""Content types that the HTTP API passes as text; all others, forms included, are base64."""
DROPPED_HEADERS = {"cookie", "connection", "transfer-encoding", "keep-alive"}
"""Headers that the event lacks."""


def request_event(
    request: Request,
    request_id: str,
    route_key: str,
    path_parameters: Mapping[str, str],
    authorizer: dict[str, Any] | None,
) -> dict[str, Any]:
    """Returns the event for a request; `request_id` is also in the response's header `apigw-requestid`."""
    now = datetime.now(UTC)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": request.query_string.decode("latin-1"),
        "headers": _headers(request),
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            **({"authorizer": authorizer} if authorizer else {}),
            "domainName": DOMAIN,
            "domainPrefix": API_ID,
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": request.environ["SERVER_PROTOCOL"],
                "sourceIp": request.remote_addr,
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": request_id,
            "routeKey": route_key,
            "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if request.args:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in request.args.lists()}
    if path_parameters:
        event["pathParameters"] = dict(path_parameters)
    return event | _body(request)


def function_response(payload: bytes) -> Response:
    """Returns the response that a function's return value describes.

    A value without a `statusCode` is the body itself, as JSON.

    Raises:
        TypeError, ValueError: The value describes no valid response.
    """
    value = json.loads(payload)
    if not isinstance(value, dict) or "statusCode" not in value:
        body = value if isinstance(value, str) else payload
        return Response(body, content_type="application/json")
    body = value.get("body") or ""
    if not isinstance(body, str):
        raise TypeError("The body must be a string.")
    response = Response(body.encode(), int(value["statusCode"]), content_type="text/plain;charset=UTF-8")
    for name, header in (value.get("headers") or {}).items():
        response.headers[name] = header if isinstance(header, str) else json.dumps(header)
    return response


def message(status: int, text: str) -> Response:
    """Returns a response of API Gateway itself."""
    return Response(json.dumps({"message": text}), status, content_type="application/json")


def _headers(request: Request) -> dict[str, str]:
    sent = {name.lower(): value for name, value in request.headers.items() if value}
    return {name: value for name, value in sorted(sent.items()) if name not in DROPPED_HEADERS} | {
        "x-forwarded-for": request.remote_addr or "",
        "x-forwarded-port": str(request.environ["SERVER_PORT"]),
        "x-forwarded-proto": request.scheme,
    }


def _body(request: Request) -> dict[str, Any]:
    content = request.get_data()
    if not content:
        return {}
    kind = request.content_type or ""
    if not kind or kind.lower().startswith(TEXT_TYPES):
        try:
            return {"body": content.decode()}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}


def new_request_id() -> str:
    """Returns sixteen characters, the last of them `=`, as API Gateway does."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()
