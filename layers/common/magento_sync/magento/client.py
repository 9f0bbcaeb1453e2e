"""One conversation with one shop: who we are there, asking again where that helps, and never past the time left."""

from __future__ import annotations

import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from tenacity import Retrying, retry_if_exception

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.auth.admin_login import log_in, was_not_looked_at
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, OAuthCredentials
from magento_sync.magento.auth.identity import PasswordRefused
from magento_sync.magento.auth.signing import BearerAuth, standing_auth
from magento_sync.magento.http.responses import InternalError, Unauthorized, about_the_request
from magento_sync.magento.http.session import ShopSession

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.auth import AuthBase
    from tenacity import RetryCallState

    from magento_sync.magento.address import ShopAddress
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.auth.identity import Identity

READ_SECONDS = 60
TOKEN_LENGTH = 32  # of an integration's access token, whatever the shop's version
ATTEMPTS = 3
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 20.0
LONGEST_WAIT_SECONDS = 60.0  # a shop that asks for more is left alone until another run
LEAST_SECONDS = 5.0  # a request is worth no wait that leaves it less

Answer = TypeVar("Answer")


class MagentoClient:
    """Reads a shop's REST API.

    Args:
        address: The shop.
        identity: Who we are there.
        seconds_left: How much time there is for everything; no wait goes past it.
        allow_private: Whether the shop may be on this machine or in this network.
        contact: Where the shop's owner can reach us; told with every request.
        sleep: For tests.
        chance: For tests: a number from 0 to 1 that spreads retries.
    """

    def __init__(  # noqa: PLR0913 - the last three for tests and local use
        self,
        address: ShopAddress,
        identity: Identity,
        *,
        seconds_left: Callable[[], float],
        allow_private: bool = False,
        contact: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._address = address
        self._identity = identity
        self._seconds_left = seconds_left
        self._sleep = sleep
        self._chance = chance
        self._session = ShopSession(address.host, allow_private=allow_private, contact=contact)

    @property
    def credentials(self) -> Credentials:
        """Those in use: after a 401 perhaps others than at first."""
        return self._identity.credentials

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

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
            attempts: How often it is asked where the shop's failure may pass and the shop does not say when to ask again.
            longest: Seconds that one attempt may take in all, `READ_SECONDS` unless given.

        Raises:
            ShopError: Typed by what can be done about it. What may pass has been tried again already, and credentials that
                were refused have been looked for afresh.
        """
        url = self._url(path)
        if query:
            url += "?" + urlencode(query, quote_via=quote, safe=",")

        def ask(auth: AuthBase | None) -> Any:  # noqa: ANN401 - JSON
            return self._retried(
                lambda: self._exchange("GET", url, auth=auth, longest=longest), attempts, _may_pass_soon
            )

        credentials = self._identity.credentials
        try:
            return self._ask_as(credentials, ask)
        except (Unauthorized, PasswordRefused) as refusal:
            fresh = self._identity.instead_of(credentials, refusal)
            if fresh is None:
                raise
        return self._ask_as(fresh, ask)

    def insisted(self, ask: Callable[[], Answer]) -> Answer:
        """What a question brings, asked again after every failure that may pass: where another by chance would cost much.

        Args:
            ask: Asks once.

        Raises:
            ShopError: The last failure.
        """
        return self._retried(
            ask, ATTEMPTS, lambda error: isinstance(error, ShopUnavailable) and about_the_request(error)
        )

    def _url(self, path: str) -> str:
        return f"{self._address.base}/rest/V1{path}"

    def _ask_as(self, credentials: Credentials, ask: Callable[[AuthBase | None], Any]) -> Any:  # noqa: ANN401 - JSON
        try:
            if isinstance(credentials, AdminCredentials):
                return self._ask_with_token(credentials, ask)
            return ask(standing_auth(credentials))
        except ShopNeedsPerson as refused:
            raise _refused_as(credentials, refused) from None

    def _ask_with_token(self, credentials: AdminCredentials, ask: Callable[[AuthBase | None], Any]) -> Any:  # noqa: ANN401 - JSON
        token = self._token(credentials)
        try:
            answer = ask(BearerAuth(token))
        except Unauthorized:
            if not self._identity.drop(self._address.base, credentials, token):
                raise
            token = self._token(credentials)
            answer = ask(BearerAuth(token))
        self._identity.took(token)
        return answer

    def _token(self, credentials: AdminCredentials) -> str:
        return self._identity.token(self._address.base, credentials, self._log_in)

    def _log_in(self, credentials: AdminCredentials) -> str:
        def post(path: str, content: object) -> Any:  # noqa: ANN401 - JSON
            return self._retried(
                lambda: self._exchange("POST", self._url(path), json=content), ATTEMPTS, was_not_looked_at
            )

        return log_in(self._address.base, credentials, post)

    def _retried(self, ask: Callable[[], Answer], attempts: int, worth_it: Callable[[BaseException], bool]) -> Answer:
        retrying = Retrying(
            retry=retry_if_exception(worth_it),
            stop=lambda state: state.attempt_number >= _worth(attempts, state) or self._too_long(state),
            wait=self._delay,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(ask)

    def _too_long(self, state: RetryCallState) -> bool:
        """Whether to fail with what the shop said, `Retry-After` included, rather than with time that is up after the wait."""
        return state.upcoming_sleep > min(LONGEST_WAIT_SECONDS, self._seconds_left() - LEAST_SECONDS)

    def _delay(self, state: RetryCallState) -> float:
        """Doubling, spread over its upper half, and never before the shop's own `Retry-After`."""
        longest = min(FIRST_DELAY_SECONDS * 2 ** (state.attempt_number - 1), LONGEST_DELAY_SECONDS)
        return max(_retry_after(state) or 0.0, float(longest) * (1 + self._chance()) / 2)

    def _exchange(
        self,
        method: str,
        url: str,
        *,
        auth: AuthBase | None = None,
        json: object = None,
        longest: float | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        left = self._seconds_left()
        if left <= 0:
            raise ShopUnavailable("TIME_IS_UP")
        seconds = min(left, READ_SECONDS if longest is None else longest)
        return self._session.exchange(method, url, seconds, auth=auth, json=json)


def _refused_as(credentials: Credentials, refused: ShopNeedsPerson) -> ShopNeedsPerson:
    """What a refusal means that names no permission.

    OAuth's own do not (recordings 52-*, 54-*), and a token of the wrong length is no bad request (54-oauth-short-token).
    """
    match credentials:
        case OAuthCredentials(access_token=token):
            short = len(token) != TOKEN_LENGTH and refused.parameters.get("status") == HTTPStatus.BAD_REQUEST
            return Unauthorized("OAUTH_REFUSED") if short else refused
        case _ if not isinstance(refused, Unauthorized) or refused.permission:
            return refused
        case BearerToken():
            return Unauthorized("BEARER_REFUSED")
        case _:
            return Unauthorized("ADMIN_REFUSED")


def _worth(attempts: int, state: RetryCallState) -> int:
    """A shop that says when to ask again is asked again, whoever wants to ask once."""
    return max(attempts, ATTEMPTS) if _retry_after(state) is not None else attempts


def _retry_after(state: RetryCallState) -> float | None:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, ShopError) else None


def _may_pass_soon(error: BaseException) -> bool:
    """A time-out is not worth the same request again, for who asked may ask for less; nor is anything when time is up."""
    return (
        isinstance(error, ShopUnavailable)
        and not isinstance(error, InternalError)
        and error.code not in {"TIMEOUT", "TIME_IS_UP"}
    )
