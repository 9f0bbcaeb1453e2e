"""One conversation with one shop: one connection, polite, bounded in time and size."""

from __future__ import annotations

import random
import time
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from tenacity import Retrying, retry_if_exception, stop_after_attempt

from magento_sync import __version__
from magento_sync.credentials import AdminCredentials
from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.answers import AnswerUnusable, InternalError, Unauthorized, believed
from magento_sync.magento.auth import BearerAuth, standing_auth
from magento_sync.magento.guard import PublicAdapter
from magento_sync.magento.tokens import drop_token, keep_token, kept_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.auth import AuthBase
    from tenacity import RetryCallState

    from magento_sync.credentials import Credentials
    from magento_sync.magento.address import ShopAddress

USER_AGENT = f"magento-sync/{__version__}"
CONNECT_SECONDS = 10
READ_SECONDS = 60
LARGEST_ANSWER = 32 * 1024 * 1024  # bytes; 300 whole orders are about 2.3 MB (measured on a real shop)
ATTEMPTS = 3
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 60.0  # a shop that asks for more is left alone until another run


class PasswordRefused(ShopNeedsPerson):
    """The shop gives no token for a name and password. They are not tried again until they have changed."""


class MagentoClient:
    """Reads a shop's REST API.

    Args:
        address: The shop.
        credentials: Who we are there.
        seconds_left: How much time there is for everything; no wait goes past it.
        allow_private: Whether the shop may be on this machine or in this network.
        contact: Where the shop's owner can reach us; told with every request.
        sleep: For tests.
        chance: For tests: a number from 0 to 1 that spreads retries.
    """

    def __init__(  # noqa: PLR0913 - the last three for tests and local use
        self,
        address: ShopAddress,
        credentials: Credentials,
        *,
        seconds_left: Callable[[], float],
        allow_private: bool = False,
        contact: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.address = address
        self.credentials = credentials
        self._seconds_left = seconds_left
        self._sleep = sleep
        self._chance = chance
        self._auth: AuthBase | None = standing_auth(credentials)
        self._logged_in = False
        self._session = requests.Session()
        self._session.trust_env = False  # a .netrc file would replace our Authorization
        # Every answer sets a session cookie, and sessions pile up on the shop.
        self._session.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        agent = f"{USER_AGENT} (+{contact})" if contact else USER_AGENT
        self._session.headers.update({"Accept": "application/json", "User-Agent": agent})
        adapter = HTTPAdapter if allow_private else PublicAdapter
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter(pool_connections=1, pool_maxsize=1))

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def use(self, credentials: Credentials) -> None:
        """Goes on with other credentials, after the former were refused."""
        self.credentials = credentials
        self._auth = standing_auth(credentials)

    def get(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        attempts: int = ATTEMPTS,
        longest: float | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """The JSON that the shop answers.

        Args:
            path: Below `/rest/V1`, with a slash in front.
            query: Unquoted. Brackets and spaces are percent-encoded, a space never as `+`: Magento signs what stands there
                (recordings 58-oauth-space-as-*).
            attempts: How often it is asked where the shop's failure may pass.
            longest: Seconds that one attempt may take, `READ_SECONDS` unless given.

        Raises:
            ShopError: Typed by what can be done about it. What may pass has been tried again already.
        """
        url = f"{self.address.base}/rest/V1{path}"
        if query:
            url += "?" + urlencode(query, quote_via=quote, safe=",")

        def asked(auth: AuthBase | None) -> Any:  # noqa: ANN401 - JSON
            return self._retried(lambda: self._exchange("GET", url, auth=auth, longest=longest), attempts)

        credentials = self.credentials
        if not isinstance(credentials, AdminCredentials):
            return asked(self._auth)
        try:
            return asked(self._admin_auth(credentials))
        except Unauthorized:
            # Tokens die early when the admin is changed; one that we kept is worth one new login.
            if not drop_token(self.address.base, credentials) or self._logged_in:
                raise
            return asked(self._admin_auth(credentials))

    def _admin_auth(self, credentials: AdminCredentials) -> AuthBase:
        token = kept_token(self.address.base, credentials)
        if token is None:
            token = self._log_in(credentials)
            keep_token(self.address.base, credentials, token)
        return BearerAuth(token)

    def _log_in(self, credentials: AdminCredentials) -> str:
        """Exchanges the password for a token: once only, because six refusals lock the account for half an hour."""
        self._logged_in = True
        try:
            token = self._exchange(
                "POST",
                f"{self.address.base}/rest/V1/integration/admin/token",
                json={"username": credentials.username, "password": credentials.password},
            )
        except Unauthorized:
            raise PasswordRefused("PASSWORD_REFUSED") from None
        except ShopNeedsPerson as refused:
            # A second factor is answered with 400, a wrong password with 401 (recordings 01-*, 02-*, 09-*).
            if refused.parameters.get("status") == HTTPStatus.BAD_REQUEST:
                raise PasswordRefused("TWO_FACTOR_REQUIRED") from None
            raise
        if not isinstance(token, str):
            raise AnswerUnusable("ANSWER_UNUSABLE")
        return token

    def _retried(self, exchange: Callable[[], Any], attempts: int) -> Any:  # noqa: ANN401 - JSON
        retrying = Retrying(
            retry=retry_if_exception(_may_pass_soon),
            stop=lambda state: stop_after_attempt(attempts)(state) or self._too_long(state),
            wait=self._delay,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(exchange)

    def _too_long(self, state: RetryCallState) -> bool:
        return state.upcoming_sleep > min(LONGEST_WAIT_SECONDS, self._seconds_left())

    def _delay(self, state: RetryCallState) -> float:
        """Doubling, spread over its upper half, and never before the shop's own `Retry-After`."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, ShopError) else None
        longest = min(FIRST_DELAY_SECONDS * 2 ** (state.attempt_number - 1), LONGEST_DELAY_SECONDS)
        return max(asked or 0.0, float(longest) * (1 + self._chance()) / 2)

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        json: object = None,
        longest: float | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """One request, prepared and signed for this attempt alone, and its answer."""
        left = self._seconds_left()
        if left <= 0:
            raise ShopUnavailable("TIME_IS_UP")
        seconds = min(left, READ_SECONDS if longest is None else longest)
        try:
            response = self._session.request(
                method,
                url,
                auth=auth,
                json=json,
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = self._body(response, time.monotonic() + seconds)
        except requests.exceptions.SSLError:
            raise ShopNeedsPerson("TLS", {"host": self.address.host}) from None
        except requests.exceptions.Timeout:
            raise ShopUnavailable("TIMEOUT", {"host": self.address.host}) from None
        except requests.exceptions.RequestException:
            raise ShopUnavailable("UNREACHABLE", {"host": self.address.host}) from None
        return believed(response, body)

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_content(64 * 1024):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise ShopUnavailable("ANSWER_TOO_LARGE", {"host": self.address.host})
            if time.monotonic() > deadline:
                raise ShopUnavailable("TIMEOUT", {"host": self.address.host})
        return b"".join(pieces)


def _may_pass_soon(error: BaseException) -> bool:
    """A time-out is not worth the same request again, for who asked may ask for less; nor is anything when time is up."""
    return (
        isinstance(error, ShopUnavailable)
        and not isinstance(error, InternalError)
        and error.code not in {"TIMEOUT", "TIME_IS_UP"}
    )
