"""An admin's login: a name and a password for a token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import fits_a_header
from magento_sync.magento.auth.token_cache import fingerprint
from magento_sync.magento.http.failures import (
    LoginFailed,
    NoApi,
    NoSuchEntity,
    PageNotFound,
    Refused,
    RequestFailed,
    Unauthorized,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.magento.auth.credentials import AdminCredentials

PATH = "/integration/admin/token"
LONGEST_TOKEN = 8000  # characters, as many as web servers take in a header


class PasswordRefused(ShopNeedsPerson):
    """The shop gives no token for a name and a password.

    Six refusals in a row lock the account for half an hour, and a shop that requires a second factor may send an e-mail
    each time. So the fingerprint is stored, and the password is tried at most once a day until it changes.
    """

    def __init__(self, code: str, refused_credentials: str) -> None:
        super().__init__(code)
        self.refused_credentials = refused_credentials


def log_in(base: str, credentials: AdminCredentials, post: Callable[[str, object], Any]) -> str:
    """Exchanges the password for a token; `post` sends JSON to a path.

    No failure of a login is a `RequestFailed`: a control request must never send a password again.

    Raises:
        PasswordRefused: The password must not be sent again soon.
        NoApi: There is no such route.
        LoginFailed: The shop failed, or gave something that is no token.
        ShopNeedsPerson: The shop refused the request for another reason.
    """
    try:
        answer = post(PATH, {"username": credentials.username, "password": credentials.password})
    except (NoSuchEntity, PageNotFound):
        raise NoApi from None
    except Refused as refused:
        # A wrong password is answered with 401, a missing second factor with 400 (recordings 01-*, 02-*, 09-*).
        if isinstance(refused, Unauthorized):
            raise PasswordRefused("PASSWORD_REFUSED", fingerprint(base, credentials)) from None
        if refused.parameters.get("status") == HTTPStatus.BAD_REQUEST:
            raise PasswordRefused("TWO_FACTOR_REQUIRED", fingerprint(base, credentials)) from None
        raise ShopNeedsPerson(refused.code, refused.parameters) from None
    except RequestFailed as failure:
        raise LoginFailed(failure.code, failure.parameters, retry_after=failure.retry_after) from None
    token = answer.strip() if isinstance(answer, str) else ""
    if not token or not fits_a_header(token) or len(token) > LONGEST_TOKEN:
        raise LoginFailed("ANSWER_UNUSABLE")
    return token
