"""Who calls the HTTP API.

A caller on the loopback address is taken for an AWS principal that may call every route: signatures are not checked. Tokens are
judged by a function that tests give; without one, a route that wants a token refuses everybody.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws.gateway.events import message
from local.aws.template.model import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.wrappers import Request, Response

    from local.aws.template.model import Route

    Claims = Callable[[str], Mapping[str, Any] | None]

LOCAL_CALLER = {
    "accessKey": "local",
    "accountId": ACCOUNT,
    "callerId": "AIDALOCAL",
    "cognitoIdentity": None,
    "principalOrgId": None,
    "userArn": f"arn:aws:iam::{ACCOUNT}:user/local",
    "userId": "AIDALOCAL",
}


def authorize(route: Route, request: Request, claims_of: Claims | None) -> dict[str, Any] | Response | None:
    """The authorizer's part of the event, None for an open route, or the response that refuses the caller.

    Args:
        route: Where the request goes.
        request: The request.
        claims_of: Gives a token's claims, or None for a token that is not valid.
    """
    match route.authorization:
        case "NONE":
            return None
        case "AWS_IAM":
            return {"iam": LOCAL_CALLER}
    token = request.headers.get("Authorization", "")
    kind, _, value = token.partition(" ")
    claims = claims_of(value if kind.lower() == "bearer" else token) if claims_of and token else None
    if claims is None:
        refusal = message(401, "Unauthorized")
        refusal.headers["www-authenticate"] = 'Bearer scope="" error="invalid_token"' if token else "Bearer"
        return refusal
    held = _words(claims.get("scope") or claims.get("scp"))
    if route.scopes and not held.intersection(route.scopes):
        return message(403, "Forbidden")
    scopes = sorted(held.intersection(route.scopes)) or None
    return {"jwt": {"claims": {name: _as_text(value) for name, value in claims.items()}, "scopes": scopes}}


def _words(value: object) -> set[str]:
    return set(map(str, value)) if isinstance(value, list) else set(str(value or "").split())


def _as_text(value: object) -> str:
    """A claim as API Gateway hands it on: always a string, a list as `[a b]`."""
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
