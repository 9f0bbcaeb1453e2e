"""What API Gateway answers by itself, and how it lets callers in, for the OpenAPI document.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
"""

from __future__ import annotations

from typing import Any

Json = Any  # a JSON document's tree

JSON = "application/json"
MESSAGE = {"$ref": "#/components/schemas/GatewayMessage"}
CHALLENGE = {
    "WWW-Authenticate": {
        "description": "What is wrong with the token, where one is wanted.",
        "schema": {"type": "string", "examples": ["Bearer"]},
    }
}
REQUEST_ID = "apigw-requestid"
HEADERS: dict[str, Json] = {
    REQUEST_ID: {
        "description": "The request's id, as an error's `requestId`; the logs know the request by it.",
        "schema": {"type": "string", "examples": ["XkP9wgTLDoEEJ1A="]},
    }
}
GATEWAY: dict[str, tuple[str, str, Json]] = {
    "401": ("No valid token.", "Unauthorized", CHALLENGE),
    "403": ("The token lacks the scope, or the AWS principal the permission.", "Forbidden", {}),
    "413": ("The request's body is too large.", "Request Entity Too Large", {}),
    "429": ("Too many requests; try again in a second.", "Too Many Requests", {}),
    "500": ("The function failed.", "Internal Server Error", {}),
    "503": ("The function did not answer in 30 seconds, or none could be started.", "Service Unavailable", {}),
}
SECURITY_SCHEMES: dict[str, Json] = {
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "Where the stack has a `JwtIssuer`: a token of that issuer with the scope named at the call, `magento-sync/read` or "
            "`magento-sync/write`."
        ),
    },
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": (
            "Where it has none: a request signed with AWS Signature Version 4 (service `execute-api`) by a principal that may call it."
        ),
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}


def gateway_answers(responses: dict[str, Json]) -> dict[str, Json]:
    """The responses of an operation with those of API Gateway among them. Some have two shapes: ours, and its own.

    It gives every answer a header of its own, too.
    """
    merged = dict(responses)
    for status, (text, message, headers) in GATEWAY.items():
        ours = merged.get(status)
        merged[status] = _beside(ours, text, message) if ours else _alone(text, message, headers)
    for response in merged.values():
        response["headers"] = {
            REQUEST_ID: {"$ref": f"#/components/headers/{REQUEST_ID}"},
            **response.get("headers", {}),
        }
    return dict(sorted(merged.items()))


def _alone(text: str, message: str, headers: Json) -> Json:
    content = {"schema": MESSAGE, "examples": {"API Gateway": {"value": {"message": message}}}}
    return {"description": text, "headers": headers, "content": {JSON: content}}


def _beside(ours: Json, text: str, message: str) -> Json:
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
