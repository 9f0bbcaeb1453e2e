"""Keeps admin tokens while they are valid: each new token costs a login."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magento_sync.magento.auth.credentials import AdminCredentials

USUAL_LIFE_SECONDS = 3600.0  # Magento's tokens live for an hour (4 hours before 2.4.5), unless the owner has set less
LONGEST_MARGIN_SECONDS = 60.0
MARGIN = 0.1  # of its life: a token is no longer used this long before it expires

_kept: dict[tuple[str, AdminCredentials], tuple[str, float]] = {}


def kept_token(base: str, credentials: AdminCredentials) -> str | None:
    """Returns the token that this execution environment has kept, if it should still be valid."""
    token, expires = _kept.get((base, credentials), ("", 0.0))
    return token if expires > time.time() else None


def keep_token(base: str, credentials: AdminCredentials, token: str) -> None:
    """Keeps a token until shortly before it expires, by our own clock: the shop's clock may differ."""
    life = _life(token)
    _kept[base, credentials] = (token, time.time() + life - min(life * MARGIN, LONGEST_MARGIN_SECONDS))


def drop_token(base: str, credentials: AdminCredentials) -> None:
    """Forgets a token that the shop no longer accepts."""
    _kept.pop((base, credentials), None)


def fingerprint(base: str, credentials: AdminCredentials) -> str:
    """Returns a slow hash of a user name and password, which shows a change without revealing them.

    It is stored with the refused run, so that no website sends the password to that shop again soon. It includes the
    base address: a corrected address is another shop.
    """
    secret = f"{credentials.username}\x00{credentials.password}".encode()
    return hashlib.scrypt(secret, salt=base.encode(), n=2**14, r=8, p=1, dklen=16).hex()


def _life(token: str) -> float:
    """Returns the seconds from the `iat` to the `exp` of a JWT; older versions of Magento return plain tokens."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        life = float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return USUAL_LIFE_SECONDS
    return life if 0 < life < math.inf else USUAL_LIFE_SECONDS
