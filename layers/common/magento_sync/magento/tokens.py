"""Admin tokens, kept while they live: each new one is a login, and a shop locks an account after six refusals."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magento_sync.credentials import AdminCredentials

USUAL_LIFE_SECONDS = 3000.0  # Magento's tokens live for an hour (4 hours before 2.4.5), unless the owner has set less
MARGIN_SECONDS = 60.0

_kept: dict[tuple[str, AdminCredentials], tuple[str, float]] = {}


def kept_token(base: str, credentials: AdminCredentials) -> str | None:
    """A token of this execution environment that should still live."""
    token, expires = _kept.get((base, credentials), ("", 0.0))
    return token if expires > time.time() else None


def keep_token(base: str, credentials: AdminCredentials, token: str) -> None:
    """Keeps a token until shortly before it expires."""
    _kept[base, credentials] = (token, _expiry(token) - MARGIN_SECONDS)


def drop_token(base: str, credentials: AdminCredentials, token: str) -> None:
    """Forgets a token that the shop no longer takes, unless another has come in its place."""
    if _kept.get((base, credentials), ("", 0.0))[0] == token:
        del _kept[base, credentials]


def fingerprint(base: str, credentials: AdminCredentials) -> str:
    """Tells whether a password was changed, without telling the password: slow to guess from, and short.

    It stands in the run that the shop refused, so that a refused password is not tried again there, for whatever website; a
    corrected address is another shop.
    """
    secret = f"{credentials.username}\x00{credentials.password}".encode()
    return hashlib.scrypt(secret, salt=base.encode(), n=2**14, r=8, p=1, dklen=16).hex()


def _expiry(token: str) -> float:
    """The `exp` of a JWT; older versions give plain tokens."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        return time.time() + USUAL_LIFE_SECONDS
