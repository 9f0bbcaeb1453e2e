"""An admin's login: a name and a password for a token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.auth.credentials import fits_a_header
from magento_sync.magento.auth.identity import PasswordRefused
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.http.responses import LoginFailed, NoSuchEntity, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.auth.credentials import AdminCredentials

PATH = "/integration/admin/token"
LONGEST_TOKEN = 8000  # characters, as many as web servers take in a header


def log_in(base: str, credentials: AdminCredentials, post: Callable[[str, object], Any]) -> str:
    """Exchanges the password for a token.

    Args:
        base: The shop's address, for what is remembered of a refusal.
        credentials: The name and the password.
        post: Sends JSON to a path. The password is to be looked at once only: six refusals lock the account for half an hour.

    Raises:
        PasswordRefused: They are not to be tried again until they have changed.
        LoginFailed: The shop failed, or gave something that is no token.
        ShopError: What else the shop said.
    """
    try:
        token = post(PATH, {"username": credentials.username, "password": credentials.password})
    except NoSuchEntity:
        raise ShopNeedsPerson("WRONG_ADDRESS") from None
    except Unauthorized:
        refusal = PasswordRefused("PASSWORD_REFUSED")
        refusal.refused_credentials = fingerprint(base, credentials)
        raise refusal from None
    except ShopNeedsPerson as refused:
        # A second factor is answered with 400, a wrong password with 401 (recordings 01-*, 02-*, 09-*).
        if refused.parameters.get("status") == HTTPStatus.BAD_REQUEST:
            raise PasswordRefused("TWO_FACTOR_REQUIRED") from None
        raise
    except ShopUnavailable as failure:
        raise LoginFailed(failure.code, failure.parameters, retry_after=failure.retry_after) from None
    if not isinstance(token, str) or not fits_a_header(token) or not 0 < len(token) <= LONGEST_TOKEN:
        raise LoginFailed("ANSWER_UNUSABLE")
    return token


def was_not_looked_at(error: BaseException) -> bool:
    """Whether the password surely was not looked at, so that it may be sent again."""
    return isinstance(error, ShopUnavailable) and error.code in {"TOO_MANY_REQUESTS", "MAINTENANCE"}
