"""A website's credentials for its shop: from SSM, or from the website's own row where they still stand there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.db.names import WEBSITE_COLUMNS
from magento_sync.errors import ShopNeedsPerson
from magento_sync.observability import logger

if TYPE_CHECKING:
    from magento_sync.db.websites import Website


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
    """An admin's name and password, exchanged for a token that lives for an hour or more."""

    username: str = field(repr=False)
    password: str = field(repr=False)


Credentials = BearerToken | OAuthCredentials | AdminCredentials

FORMS: dict[frozenset[str], type[Credentials]] = {
    frozenset({"bearerToken"}): BearerToken,
    frozenset({"consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"}): OAuthCredentials,
    frozenset({"username", "password"}): AdminCredentials,
}


def credentials_of(website: Website, prefix: str, *, fresh: bool = False) -> Credentials:
    """The website's credentials: which set is present decides, nothing is guessed.

    Args:
        website: Whose shop is to be read.
        prefix: The SSM path before the website's id.
        fresh: Ask SSM even if the value is cached, after a shop has refused it.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_MISSING` or `CREDENTIALS_UNREADABLE`.
        ConfigurationError: SSM could not be asked.
    """
    name = f"{prefix}/{website.id}"
    stored = secure_parameter(name, fresh=fresh)
    if stored is not None:
        return parse_credentials(stored, name)
    in_columns = _from_columns(website)
    if in_columns is None:
        raise ShopNeedsPerson("CREDENTIALS_MISSING", {"parameter": name})
    logger.warning("Credentials stand in the website's row; move them to SSM", website_id=website.id, parameter=name)
    return in_columns


def parse_credentials(text: str, place: str) -> Credentials:
    """Reads one of the three JSON forms.

    Args:
        text: `{"bearerToken"}`, `{"consumerKey", "consumerSecret", "accessToken", "accessTokenSecret"}` or `{"username", "password"}`.
        place: Where it stands, for the message.

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
    return _checked(form(**{_snake(key): value.strip() for key, value in values.items()}), place)


def _from_columns(website: Website) -> Credentials | None:
    """A bearer token is a bearer token; key and secret without one are an admin's user and password."""
    token, user, password = (
        (text or "").strip() for text in (website.bearer_token, website.api_key, website.api_secret)
    )
    if token:
        return _checked(BearerToken(token), WEBSITE_COLUMNS["bearer_token"])
    if user and password:
        return AdminCredentials(user, password)
    return None


def _checked(credentials: Credentials, place: str) -> Credentials:
    """Tokens and keys travel in a header, which takes neither white space nor anything beyond ASCII; passwords have to be text.

    Raises:
        ShopNeedsPerson: `CREDENTIALS_UNREADABLE`.
    """
    usable = _is_text if isinstance(credentials, AdminCredentials) else fits_a_header
    if not all(usable(text) for text in vars(credentials).values()):
        raise ShopNeedsPerson("CREDENTIALS_UNREADABLE", {"parameter": place})
    return credentials


def fits_a_header(text: str) -> bool:
    """Whether a token can stand in a header."""
    return text.isascii() and text.isprintable() and " " not in text


def _is_text(text: str) -> bool:
    """JSON can hold halves of characters, which nothing can be made of."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)
