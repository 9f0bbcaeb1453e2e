"""The three kinds of credentials that Magento knows, and their JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from magento_sync.errors import ShopNeedsPerson


@dataclass(frozen=True)
class BearerToken:
    """An integration's access token, sent as it is. Shops refuse it by default since 2.4.4."""

    bearer_token: str = field(repr=False)


@dataclass(frozen=True)
class OAuthCredentials:
    """An integration's four secrets, for OAuth 1.0a with HMAC-SHA256: the stock way."""

    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_token_secret: str = field(repr=False)


@dataclass(frozen=True)
class AdminCredentials:
    """An admin's name and password, exchanged for a token that is valid for an hour or more."""

    username: str = field(repr=False)
    password: str = field(repr=False)


Credentials = BearerToken | OAuthCredentials | AdminCredentials

FORMS: dict[frozenset[str], type[Credentials]] = {
    frozenset({"bearerToken"}): BearerToken,
    frozenset({"consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"}): OAuthCredentials,
    frozenset({"username", "password"}): AdminCredentials,
}


def parse_credentials(text: str, place: str) -> Credentials:
    """Reads one of the three JSON `FORMS`; which set of keys is present decides. Messages name the text's place.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_UNREADABLE`; the text is not repeated.
    """
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = None
    form = FORMS.get(frozenset(values)) if isinstance(values, dict) else None
    if form is None or not all(isinstance(value, str) and value.strip() for value in values.values()):
        raise ShopNeedsPerson("CREDENTIALS_UNREADABLE", {"parameter": place})
    return check_credentials(form(**{_snake(key): value.strip() for key, value in values.items()}), place)


def check_credentials(credentials: Credentials, place: str) -> Credentials:
    """Returns credentials that can be sent: tokens and keys as printable ASCII without spaces, passwords as any text.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_UNREADABLE`.
    """
    usable = _is_text if isinstance(credentials, AdminCredentials) else fits_a_header
    if not all(usable(text) for text in vars(credentials).values()):
        raise ShopNeedsPerson("CREDENTIALS_UNREADABLE", {"parameter": place})
    return credentials


def fits_a_header(text: str) -> bool:
    """Returns whether a token can be sent in a header."""
    return text.isascii() and text.isprintable() and " " not in text


def _is_text(text: str) -> bool:
    """Returns whether JSON's escapes have left no half of a surrogate pair."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
