"""Who we are at a shop, shared by all of a run's connections: one fresh look at SSM, and one login, serve them all."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Protocol

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.token_cache import drop_token, keep_token, kept_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.auth.credentials import AdminCredentials, Credentials


class CredentialsSource(Protocol):
    """Gives a website's credentials."""

    def __call__(self, *, fresh: bool = False) -> Credentials:
        """The credentials; `fresh` where cached ones were refused."""


class PasswordRefused(ShopNeedsPerson):
    """The shop gives no token for a name and password. They are not tried again until they have changed."""


class Identity:
    """The credentials in use. May be used from several threads.

    Attributes:
        credentials: Those that go with the next request.
    """

    def __init__(self, source: CredentialsSource) -> None:
        """Reads the credentials.

        Args:
            source: Gives them, and afresh once, after the shop has refused them.

        Raises:
            ShopError: There are none that can be used.
        """
        self._source = source
        self._lock = RLock()
        self._read_afresh = False
        self._refusal: tuple[Credentials, PasswordRefused] | None = None
        self._unproven: str | None = None
        self.credentials = source()

    def instead_of(self, refused: Credentials, refusal: ShopNeedsPerson) -> Credentials | None:
        """Other credentials than those that were refused; None where there are none.

        Raises:
            ShopNeedsPerson: What SSM holds now cannot be used; what was refused before is still to be remembered.
        """
        with self._lock:
            if self.credentials == refused and not self._read_afresh:
                self._read_afresh = True
                try:
                    self.credentials = self._source(fresh=True)
                except ShopNeedsPerson as unusable:
                    unusable.refused_credentials = refusal.refused_credentials
                    raise
            return None if self.credentials == refused else self.credentials

    def token(self, base: str, credentials: AdminCredentials, log_in: Callable[[AdminCredentials], str]) -> str:
        """An admin's token: one that is kept, or by logging in, never twice with a password that was refused.

        Raises:
            ShopError: The shop gives none.
        """
        with self._lock:
            token = kept_token(base, credentials)
            if token is None:
                if self._refusal and self._refusal[0] == credentials:
                    raise self._refusal[1]
                try:
                    token = self._unproven = log_in(credentials)
                except PasswordRefused as refusal:
                    self._refusal = (credentials, refusal)
                    raise
                keep_token(base, credentials, token)
            return token

    def took(self, token: str) -> None:
        """Notes that the shop takes a token."""
        if token == self._unproven:
            self._unproven = None

    def drop(self, base: str, credentials: AdminCredentials, token: str) -> bool:
        """Forgets a token that the shop no longer takes, so that the next one asks for a new one.

        Tokens die early when the admin is changed. One that was never taken is not dead: the admin lacks a permission. False there.
        """
        with self._lock:
            if token == self._unproven:
                return False
            drop_token(base, credentials, token)
            return True
