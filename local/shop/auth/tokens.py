"""Admin tokens in the form of Magento's JWT, in return for a password (recordings 01 to 09, 55)."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping

from local.shop.http.responses import Response, json_response, message
from local.shop.settings import ShopSettings

ALLOWED_FAILURES = 6
LOCKED_FOR = 30 * 60
"""Seconds that an account stays locked."""

_SIGN_IN_FAILED = (
    "The account sign-in was incorrect or your account is disabled temporarily. Please wait and try again later."
)


class AdminTokens:
    """Issues tokens to admins, verifies them and locks accounts."""

    def __init__(self, admins: Mapping[str, str], clock: Callable[[], float]) -> None:
        """Stores the admins' passwords by name; takes the time in seconds from `clock`."""
        self._admins = dict(admins)
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._locked_until: dict[str, float] = {}
        self._key = hashlib.sha256(repr(sorted(admins)).encode()).digest()

    def set_password(self, name: str, password: str) -> None:
        """Changes an admin's password, or adds an admin."""
        with self._lock:
            self._admins[name] = password

    def log_in(self, body: bytes, settings: ShopSettings) -> Response:
        """Returns the response to a request for a token."""
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            return message(400, "Decoding error.")
        for name in ("username", "password"):
            if not isinstance(given, dict) or not given.get(name):
                return message(400, '"%fieldName" is required. Enter and try again.', {"fieldName": name})
        if not self._verify(str(given["username"]), str(given["password"])):
            return message(401, _SIGN_IN_FAILED)
        if not settings.two_factor:
            return json_response(self.issue(str(given["username"]), settings.admin_token_lifetime))
        if not settings.two_factor_providers:
            return message(400, "Please ask an administrator with sufficient access to configure 2FA first")
        text = "Please use the 2fa provider-specific endpoints to obtain a token."
        return message(400, text, {"active_providers": list(settings.two_factor_providers)})

    def _verify(self, name: str, password: str) -> bool:
        with self._lock:
            if name not in self._admins or self._locked_until.get(name, 0) > self._clock():
                return False
            if hmac.compare_digest(self._admins[name].encode(), password.encode()):
                self._failures[name] = 0
                return True
            self._failures[name] = self._failures.get(name, 0) + 1
            if self._failures[name] >= ALLOWED_FAILURES:
                self._locked_until[name] = self._clock() + LOCKED_FOR
                self._failures[name] = 0
            return False

    def issue(self, name: str, lifetime: float) -> str:
        """Returns a token of that admin, valid for `lifetime` seconds."""
        now = int(self._clock())
        payload = {"uid": 1, "utypid": 2, "iat": now, "exp": now + int(lifetime), "sub": name}
        signed = ".".join(_base64(json.dumps(part).encode()) for part in ({"kid": "1", "alg": "HS256"}, payload))
        return f"{signed}.{self._sign(signed)}"

    def accepts(self, token: str) -> bool:
        """Returns whether the token was issued here and has not expired."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(signed).encode(), signature.encode()):
            return False
        payload = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        return bool(payload["exp"] > self._clock())

    def _sign(self, text: str) -> str:
        return _base64(hmac.digest(self._key, text.encode(), "sha256"))


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
