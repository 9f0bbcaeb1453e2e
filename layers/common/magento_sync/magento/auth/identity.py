"""The credentials in use at a shop, and the token that an admin's name and password were exchanged for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken
from magento_sync.magento.auth.token_cache import drop_token, keep_token, kept_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.auth.credentials import Credentials


class CredentialsSource(Protocol):
    """Gives a website's credentials."""

    def __call__(self, *, fresh: bool = False) -> Credentials:
        """Returns the credentials; `fresh` where the shop refused the cached ones."""


class Identity:
    """The credentials that go with the next request; read afresh once, after the shop has refused them."""

    def __init__(self, source: CredentialsSource) -> None:
        self._source = source
        self._credentials: Credentials | None = None
        self._was_read_afresh = False
        self._unproven: str | None = None

    @property
    def credentials(self) -> Credentials:
        """The credentials in use, read when first needed. Raises ShopError if none can be used."""
        if self._credentials is None:
            self._credentials = self._source()
        return self._credentials

    def token(self, base: str, credentials: AdminCredentials, log_in: Callable[[AdminCredentials], str]) -> str:
        """Returns a token that is kept, or a new one. Raises ShopError if the shop gives none."""
        token = kept_token(base, credentials)
        if token is None:
            token = self._unproven = log_in(credentials)
            keep_token(base, credentials, token)
        return token

    def standing(self, base: str) -> Identity:
        """Returns the credentials in use, which do not change: an admin's token instead of name and password."""
        credentials = self.credentials
        if isinstance(credentials, AdminCredentials):
            credentials = BearerToken(kept_token(base, credentials) or "")
        return Identity(lambda *, fresh=False: credentials)  # noqa: ARG005 - the form of a source

    def accept(self, token: str) -> None:
        """Notes that the shop accepts a token."""
        if token == self._unproven:
            self._unproven = None

    def renew(self, base: str, refusal: ShopError) -> bool:
        """Drops the token that the shop refused, or else reads the credentials afresh, once.

        Returns False if nothing has changed. A token dies early when its admin is changed. A new token that the shop
        has never accepted is not dead: the admin lacks a permission, and another login would not help.

        Raises:
            ShopNeedsPerson: The fresh credentials are unusable; it carries the fingerprint of the refused credentials.
        """
        refused = self.credentials
        token = kept_token(base, refused) if isinstance(refused, AdminCredentials) else None
        if isinstance(refused, AdminCredentials) and token and token != self._unproven:
            drop_token(base, refused)
            return True
        if self._was_read_afresh:
            return False
        self._was_read_afresh = True
        try:
            self._credentials = self._source(fresh=True)
        except ShopNeedsPerson as unusable:
            unusable.refused_credentials = refusal.refused_credentials
            raise
        return self._credentials != refused
