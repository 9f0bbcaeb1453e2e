"""Authorization of the HTTP API's routes.

On a route with AWS_IAM every caller counts as an AWS principal: signatures are not verified. On a route with a JWT
authorizer, a function that tests pass in verifies the token; without one, every caller is refused.

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
    """Returns the authorizer's part of the event, None for an open route, or the response that refuses the caller.

    `claims_of` returns a token's claims, or None for an invalid token.
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
    scopes = _words(claims.get("scope") or claims.get("scp"))
    if route.scopes and not scopes.intersection(route.scopes):
        return message(403, "Forbidden")
    granted = sorted(scopes.intersection(route.scopes)) or None
    return {"jwt": {"claims": {name: _as_text(value) for name, value in claims.items()}, "scopes": granted}}


def _words(value: object) -> set[str]:
    return set(map(str, value)) if isinstance(value, list) else set(str(value or "").split())


def _as_text(value: object) -> str:
    """Returns a claim as API Gateway passes it: always a string, a list as `[a b]`."""
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
