"""Authenticates requests: a Bearer header, or an OAuth signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from requests.auth import AuthBase

from magento_sync.magento.auth.credentials import BearerToken, OAuthCredentials

if TYPE_CHECKING:
    from requests import PreparedRequest

    from magento_sync.magento.auth.credentials import Credentials


class BearerAuth(AuthBase):
    """An access token in the Authorization header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Adds the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def standing_auth(credentials: Credentials) -> AuthBase | None:
    """Returns what authenticates every request, or None for an admin, who needs a token first.

    OAuth signs each request with a new nonce: Magento burns a nonce even when it refuses the request (recordings
    52-oauth-nonce-after-bad-signature-*). Magento accepts HMAC-SHA256 only (52-oauth-*-refused).
    """
    match credentials:
        case BearerToken(token):
            return BearerAuth(token)
        case OAuthCredentials():
            # Imported here because most cold starts do without it.
            from requests_oauthlib import OAuth1  # noqa: PLC0415

            return OAuth1(
                client_key=credentials.consumer_key,
                client_secret=credentials.consumer_secret,
                resource_owner_key=credentials.access_token,
                resource_owner_secret=credentials.access_token_secret,
                signature_method="HMAC-SHA256",
            )
        case _:
            return None
