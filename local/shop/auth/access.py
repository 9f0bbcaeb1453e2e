"""Who is calling, and whether they may."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

from local.shop.auth.oauth import OAuthGate, query_parameters
from local.shop.auth.tokens import AdminTokens
from local.shop.http.request import Request
from local.shop.http.responses import not_authorized, refusal
from local.shop.settings import ALL, Integration, ShopSettings, State

_SCHEME_AND_TOKEN = 2


class Access:
    """The shop's integrations and admins at its door. May be used from any thread.

    Attributes:
        admin_permissions: What the admins' role may read.
    """

    def __init__(self, integrations: Iterable[Integration], tokens: AdminTokens, clock: Callable[[], float]) -> None:
        """Know who may call."""
        self.admin_permissions = ALL
        self._lock = threading.Lock()
        self._integrations = list(integrations)
        self._tokens = tokens
        self._oauth = OAuthGate(clock)

    def change(self, name: str, *, state: State | None = None, permissions: frozenset[str] | None = None) -> None:
        """Change an integration: switch it off, revoke its token, delete it, or let it read other things."""
        with self._lock:
            position = [one.name for one in self._integrations].index(name)
            old = self._integrations[position]
            self._integrations[position] = replace(
                old, state=state or old.state, permissions=old.permissions if permissions is None else permissions
            )

    def check(self, request: Request, resource: str, settings: ShopSettings, *, mis_signed: str = "") -> None:
        """Let the caller pass, or raise.

        Args:
            request: What was asked.
            resource: The permission that it needs.
            settings: Whether Bearer is allowed.
            mis_signed: Characters in values over which the shop miscomputes signatures.

        Raises:
            Refusal: 401 (or 400, for OAuth) as Magento words it.
        """
        if resource not in self._permissions(request, settings, mis_signed):
            raise not_authorized(resource)

    def _permissions(self, request: Request, settings: ShopSettings, mis_signed: str) -> frozenset[str]:
        authorization = request.headers.get("authorization", "")
        with self._lock:
            integrations = list(self._integrations)
        if "oauth " in authorization.lower():
            caller = self._oauth.caller(request, integrations)
            if _confusing(request.query_string, mis_signed):
                raise refusal(401, "The signature is invalid. Verify and try again.")
            return caller.permissions if caller.state == "active" else frozenset()
        scheme_and_token = authorization.split(" ")
        if len(scheme_and_token) != _SCHEME_AND_TOKEN or scheme_and_token[0].lower() != "bearer":
            return frozenset()
        return self._of_bearer(scheme_and_token[1], integrations, settings)

    def _of_bearer(self, token: str, integrations: list[Integration], settings: ShopSettings) -> frozenset[str]:
        if token and self._tokens.accepts(token):
            return self.admin_permissions
        if not settings.bearer_allowed:
            return frozenset()
        # An inactive integration still passes with Bearer (57-integration-inactive-bearer).
        passing = (one for one in integrations if one.access_token == token and one.state in {"active", "inactive"})
        return next((one.permissions for one in passing), frozenset())


def _confusing(query: str, characters: str) -> bool:
    """Whether a value (not a name) holds any of them."""
    return any(set(characters) & set(unquote(value)) for value in query_parameters(query).values())


def scheme(authorization: str | None) -> str:
    """The scheme of an Authorization header, for the log: `oauth`, `bearer`, `none`."""
    return authorization.split(" ")[0].lower() if authorization else "none"
