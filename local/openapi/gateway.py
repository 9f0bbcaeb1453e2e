"""API Gateway's part of the OpenAPI document: its own responses, headers and authorizers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from typing import Any

Json = Any  # a JSON document's tree

JSON = "application/json"
SCHEMAS: dict[str, Json] = {
    "GatewayMessage": {
        "type": "object",
        "description": "A response of API Gateway itself; no function is involved.",
        "properties": {"message": {"type": "string"}},
        "required": ["message"],
    }
}
MESSAGE = {"$ref": "#/components/schemas/GatewayMessage"}
CHALLENGE = {
    "WWW-Authenticate": {
        "description": "Why the token was rejected, if the API uses tokens.",
        "schema": {"type": "string", "examples": ["Bearer"]},
    }
}
REQUEST_ID = "apigw-requestid"
HEADERS: dict[str, Json] = {
    REQUEST_ID: {
        "description": "The request's id, equal to an error's `requestId`. Identifies the request in the logs.",
        "schema": {"type": "string", "examples": ["XkP9wgTLDoEEJ1A="]},
    }
}
GATEWAY: dict[str, tuple[str, str, Json]] = {
    "401": ("The token is missing or invalid.", "Unauthorized", CHALLENGE),
    "403": ("The token lacks the scope, or the AWS principal lacks the permission.", "Forbidden", {}),
    "413": ("The request's body is too large.", "Request Entity Too Large", {}),
    "429": ("Too many requests; retry after a second.", "Too Many Requests", {}),
    "500": ("The function failed.", "Internal Server Error", {}),
    "503": ("The function did not respond within 30 seconds or could not be started.", "Service Unavailable", {}),
}
SECURITY_SCHEMES: dict[str, Json] = {
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "If the stack has a `JwtIssuer`: a token of that issuer with the operation's scope, `magento-sync/read` or "
            "`magento-sync/write`."
        ),
    },
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": (
            "If the stack has no `JwtIssuer`: a request signed with AWS Signature Version 4 (service `execute-api`) by "
            "a principal that may invoke the API."
        ),
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}


def with_gateway_responses(responses: dict[str, Json]) -> dict[str, Json]:
    """Returns an operation's responses with API Gateway's: some statuses have two shapes, and all have its header."""
    merged = dict(responses)
    for status, (text, message, headers) in GATEWAY.items():
        ours = merged.get(status)
        merged[status] = _both(ours, text, message) if ours else _gateway_only(text, message, headers)
    for response in merged.values():
        response["headers"] = {
            REQUEST_ID: {"$ref": f"#/components/headers/{REQUEST_ID}"},
            **response.get("headers", {}),
        }
    return dict(sorted(merged.items()))


def _gateway_only(text: str, message: str, headers: Json) -> Json:
    content = {"schema": MESSAGE, "examples": {"API Gateway": {"value": {"message": message}}}}
    return {"description": text, "headers": headers, "content": {JSON: content}}


def _both(ours: Json, text: str, message: str) -> Json:
    content = ours["content"][JSON]
    return {
        **ours,
        "description": f"{ours['description']} Or: {text[0].lower()}{text[1:]}",
        "content": {
            JSON: {
                "schema": {"anyOf": [content["schema"], MESSAGE]},
                "examples": {**content.get("examples", {}), "API Gateway": {"value": {"message": message}}},
            }
        },
    }
