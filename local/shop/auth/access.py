"""The check of credentials and permissions."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

from local.shop.auth.oauth import OAuthVerifier, query_parameters
from local.shop.auth.tokens import AdminTokens
from local.shop.http.request import Request
from local.shop.http.responses import not_authorized, refusal
from local.shop.settings import ALL, Integration, IntegrationState, ShopSettings

_SCHEME_AND_TOKEN = 2


class Access:
    """The integrations and admins of a shop. Any thread may use it.

    Attributes:
        admin_permissions: The permissions of the admins' role.
    """

    def __init__(self, integrations: Iterable[Integration], tokens: AdminTokens, clock: Callable[[], float]) -> None:
        self.admin_permissions = ALL
        self._lock = threading.Lock()
        self._integrations = list(integrations)
        self._tokens = tokens
        self._oauth = OAuthVerifier(clock)

    def change(
        self, name: str, *, state: IntegrationState | None = None, permissions: frozenset[str] | None = None
    ) -> None:
        """Changes an integration: switches it off, revokes its token, deletes it, or sets its permissions."""
        with self._lock:
            position = [one.name for one in self._integrations].index(name)
            old = self._integrations[position]
            self._integrations[position] = replace(
                old, state=state or old.state, permissions=old.permissions if permissions is None else permissions
            )

    def check(self, request: Request, resource: str, settings: ShopSettings, *, missigned: str = "") -> None:
        """Verifies that the client has the permission `resource`.

        Raises:
            Refusal: 401 (or 400, for OAuth) in Magento's words.
        """
        if resource not in self._permissions(request, settings, missigned):
            raise not_authorized(resource)

    def _permissions(self, request: Request, settings: ShopSettings, missigned: str) -> frozenset[str]:
        authorization = request.headers.get("authorization", "")
        with self._lock:
            integrations = list(self._integrations)
        if "oauth " in authorization.lower():
            integration = self._oauth.verify(request, integrations)
            values = query_parameters(request.query_string).values()
            if any(set(missigned) & set(unquote(value)) for value in values):
                raise refusal(401, "The signature is invalid. Verify and try again.")
            return integration.permissions if integration.state == "active" else frozenset()
        scheme_and_token = authorization.split(" ")
        if len(scheme_and_token) != _SCHEME_AND_TOKEN or scheme_and_token[0].lower() != "bearer":
            return frozenset()
        return self._of_bearer(scheme_and_token[1], integrations, settings)

    def _of_bearer(self, token: str, integrations: list[Integration], settings: ShopSettings) -> frozenset[str]:
        if token and self._tokens.accepts(token):
            return self.admin_permissions
        if not settings.bearer_allowed:
            return frozenset()
        # Magento accepts an inactive integration's token as Bearer (57-integration-inactive-bearer).
        valid = (one for one in integrations if one.access_token == token and one.state in {"active", "inactive"})
        return next((one.permissions for one in valid), frozenset())
