"""OAuth 1.0a as Magento verifies it, HMAC-SHA256 only (recordings 11, 52 to 54, 57, 58)."""

import base64
import hmac
import re
import threading
from collections.abc import Callable
from functools import cmp_to_key
from urllib.parse import unquote

from oauthlib.oauth1.rfc5849.signature import base_string_uri
from oauthlib.oauth1.rfc5849.utils import escape

from local.shop.http import php
from local.shop.http.request import Request
from local.shop.http.responses import Refusal, json_response, refusal
from local.shop.settings import Integration

FUTURE_ALLOWED = 600
"""Seconds that a timestamp may lie in the future; the past has no limit (53)."""

_REQUIRED = ("consumer_key", "signature", "signature_method", "nonce", "timestamp", "token")
_KEY_LENGTH = 32
_PROTOCOL = re.compile(r"oauth_[a-z_-]+")


class OAuthVerifier:
    """Verifies signed requests and accepts each nonce once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._nonces: set[tuple[str, str]] = set()

    def verify(self, request: Request, integrations: list[Integration]) -> Integration:
        """Returns the integration that signed the request.

        Raises:
            Refusal: 400 for malformed or unsupported parameters, 401 for wrong ones.
        """
        given = header_parameters(request.headers["authorization"])
        self._check_form(given)
        consumer = self._consumer(given["oauth_consumer_key"], integrations)
        self._use_nonce(given, str(integrations.index(consumer) + 1))
        owner = self._owner(given["oauth_token"], consumer, integrations)
        if not hmac.compare_digest(signature(request, given, owner).encode(), given["oauth_signature"].encode()):
            raise refusal(401, "The signature is invalid. Verify and try again.")
        return owner

    def _check_form(self, given: dict[str, str]) -> None:
        if given.get("oauth_version", "1.0") != "1.0":
            raise refusal(400, 'The "%1" Oauth version isn\'t supported.', [given["oauth_version"]])
        missing = [f"oauth_{name}" for name in _REQUIRED if f"oauth_{name}" not in given]
        if missing:
            text = '"%fieldName" is required. Enter and try again.'
            errors = [{"message": text, "parameters": {"fieldName": name}} for name in missing]
            body = {"message": "One or more input exceptions have occurred.", "errors": errors}
            raise Refusal(json_response(body, 400))
        if len(given["oauth_token"]) != _KEY_LENGTH:
            raise refusal(400, "The token length is invalid. Check the length and try again.")
        if given["oauth_signature_method"] != "HMAC-SHA256":
            raise refusal(400, "Signature method %1 is not supported", [given["oauth_signature_method"]])

    def _consumer(self, key: str, integrations: list[Integration]) -> Integration:
        if len(key) != _KEY_LENGTH:
            raise refusal(401, "Consumer key is not the correct length")
        for integration in integrations:
            if integration.consumer_key == key:
                return integration
        raise refusal(401, "A consumer having the specified key does not exist")

    def _use_nonce(self, given: dict[str, str], consumer_id: str) -> None:
        """Stores the nonce, also of a request that is refused later."""
        timestamp = php.integer(given["oauth_timestamp"])
        if not 0 < timestamp <= self._clock() + FUTURE_ALLOWED:
            raise refusal(401, "An error occurred validating the nonce")
        with self._lock:
            if (given["oauth_nonce"], consumer_id) in self._nonces:
                raise refusal(401, "The nonce is already being used by the consumer with ID %1", [consumer_id])
            self._nonces.add((given["oauth_nonce"], consumer_id))

    def _owner(self, token: str, consumer: Integration, integrations: list[Integration]) -> Integration:
        owner = next((one for one in integrations if one.access_token == token and one.state != "gone"), None)
        if owner is None:
            raise refusal(401, "Specified token does not exist")
        if owner is not consumer:
            raise refusal(401, "Token is not associated with the specified consumer")
        if owner.state == "revoked":
            raise refusal(401, "Access token has been revoked")
        return owner


def header_parameters(authorization: str) -> dict[str, str]:
    """Returns the protocol parameters of an Authorization header, without its realm."""
    start = authorization.lower().index("oauth ") + len("oauth ")
    pairs = (part.strip().partition("=") for part in authorization[start:].split(","))
    return {
        unquote(name): unquote(value.strip('"')) for name, equals, value in pairs if equals and _PROTOCOL.search(name)
    }


def query_parameters(query: str) -> dict[str, str]:
    """Returns the signed part of a query: pairs with exactly one `=`, where `+` is a plus (58)."""
    pairs = [part.split("=") for part in query.split("&") if part.count("=") == 1]
    return {unquote(name): unquote(value) for name, value in pairs if not _PROTOCOL.search(name)}


def signature(request: Request, protocol: dict[str, str], secrets: Integration) -> str:
    """Returns Magento's signature: it sorts parameters naturally, not by bytes (58-oauth-11-filter-groups)."""
    signed = {name: value for name, value in protocol.items() if name != "oauth_signature"}
    escaped = {escape(name): escape(value) for name, value in (signed | query_parameters(request.query_string)).items()}
    names = sorted(escaped, key=cmp_to_key(php.natural_compare))
    normalized = "&".join(f"{name}={escaped[name]}" for name in names)
    address = base_string_uri(request.address)
    text = "&".join((request.method, escape(address), escape(normalized)))
    key = f"{escape(secrets.consumer_secret)}&{escape(secrets.access_token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()
