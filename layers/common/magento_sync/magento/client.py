"""One conversation with one shop: signed requests, repeated where that helps, never past the deadline."""

from __future__ import annotations

import random
import time
from copy import copy
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from tenacity import Retrying, retry_if_exception, retry_if_exception_type

from magento_sync.errors import ShopError
from magento_sync.magento.auth.admin_login import log_in
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, OAuthCredentials
from magento_sync.magento.auth.signing import BearerAuth, standing_auth
from magento_sync.magento.http.failures import (
    Busy,
    LongPause,
    Refused,
    RequestFailed,
    ServerFailed,
    TimeIsUp,
    Unauthorized,
)
from magento_sync.magento.http.session import ShopSession
from magento_sync.magento.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Self

    from requests.auth import AuthBase
    from tenacity import RetryCallState

    from magento_sync.deadline import Deadline
    from magento_sync.magento.address import ShopAddress
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.auth.identity import Identity

READ_SECONDS = 60.0
TOKEN_LENGTH = 32  # of an integration's access token, whatever the shop's version
ATTEMPTS = 3
FIRST_DELAY_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 2.0  # where a shop that is busy does not say when to ask again
LONGEST_WAIT_SECONDS = 60.0  # a shop that asks for more is left alone until another run
LEAST_SECONDS = 5.0  # no wait leaves less than this for the request after it

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Effort:
    """How hard one request tries.

    `attempts` counts while the failure is repeatable. `pauses`: it waits and repeats while the shop is busy. `seconds`
    is what one attempt may take; None for `READ_SECONDS`.
    """

    attempts: int = ATTEMPTS
    pauses: bool = True
    seconds: float | None = None


FULL = Effort()


class MagentoClient:
    """Reads a shop's REST API; no wait exceeds the deadline.

    `allow_private` opens shops on this machine or in this network; `contact` is where a shop's owner can reach the
    operator. Tests give their own `sleep`, and a `chance` from 0 to 1 that spreads retries.
    """

    def __init__(  # noqa: PLR0913 - the last three for tests and local use
        self,
        address: ShopAddress,
        identity: Identity,
        *,
        deadline: Deadline,
        allow_private: bool = False,
        contact: str = "",
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.identity = identity
        self.answer_seconds = 0.0
        self._address = address
        self._root = address.api_roots[0]
        self._deadline = deadline
        self._sleep = sleep
        self._chance = chance
        self._pace = Pace()
        self._connect = partial(ShopSession, address.host, allow_private=allow_private, contact=contact)
        self._session = self._connect()

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def another(self) -> Self:
        """Returns a client with a connection of its own that uses the same credentials, and never logs in."""
        other = copy(self)
        other.identity = self.identity.standing(self._address.base)
        other._session = self._connect()  # noqa: SLF001 - its own class
        other._pace = Pace()  # noqa: SLF001
        return other

    @property
    def may_be_limited(self) -> bool:
        """Whether the shop has asked for a pause that helped: it may limit the rate of requests."""
        return self._pace.has_helped

    def try_root(self, root: str) -> None:
        """Sends all further requests below another root of the API."""
        self._root = root

    def get(self, path: str, query: Mapping[str, str | int] | None = None, effort: Effort = FULL) -> Any:  # noqa: ANN401 - JSON
        """Returns the JSON that the shop answers below the API's root; `answer_seconds` is the time that it took.

        Brackets and spaces of the query are percent-encoded, a space never as `+`: Magento signs the query as it is
        sent (recordings 58-oauth-space-as-*).

        Raises:
            ShopError: Typed by what the caller does next. Credentials are not renewed: see `renew_credentials`.
        """
        url = self._root + path
        if query:
            url += "?" + urlencode(query, quote_via=quote, safe=",")
        credentials = self.identity.credentials
        token = None
        if isinstance(credentials, AdminCredentials):
            token = self.identity.token(self._address.base, credentials, self._log_in)
        auth = BearerAuth(token) if token else standing_auth(credentials)
        try:
            answer = self._repeat(lambda: self._exchange("GET", url, effort.seconds, auth=auth), effort)
        except Refused as refused:
            raise _meaning(credentials, refused) from None
        if token:
            self.identity.accept(token)
        return answer

    def repeat(self, ask: Callable[[], Answer]) -> Answer:
        """Returns the answer, and retries any failure of the server: for requests whose chance failure costs much."""
        return Retrying(
            retry=retry_if_exception_type(ServerFailed),
            stop=lambda state: state.attempt_number >= ATTEMPTS or self._is_too_long(state),
            wait=self._delay,
            sleep=self._sleep,
            reraise=True,
        )(ask)

    def renew_credentials(self, refusal: ShopError) -> bool:
        """Prepares a new login, or reads credentials that were changed; returns False if the shop has refused all."""
        return self.identity.renew(self._address.base, refusal)

    def _log_in(self, credentials: AdminCredentials) -> str:
        def post(path: str, content: object) -> Any:  # noqa: ANN401 - JSON
            # A busy shop has not looked at the password; after any other failure it may have.
            return self._repeat(lambda: self._exchange("POST", self._root + path, json=content), Effort(attempts=1))

        return log_in(self._address.base, credentials, post)

    def _repeat(self, ask: Callable[[], Answer], effort: Effort) -> Answer:
        def is_over(state: RetryCallState) -> bool:
            attempts = effort.attempts
            if isinstance(_failure(state), Busy):
                attempts = ATTEMPTS if effort.pauses else 1
            return state.attempt_number >= attempts or self._is_too_long(state)

        began = time.monotonic()
        retrying = Retrying(
            retry=retry_if_exception(lambda error: isinstance(error, RequestFailed) and error.repeatable),
            stop=is_over,
            wait=self._delay,
            sleep=self._sleep,
            before_sleep=lambda state: self._pace.note_failure(_failure(state)),
            reraise=True,
        )
        try:
            answer = retrying(ask)
        except Busy as busy:
            self._pace.give_up()
            if (busy.retry_after or 0.0) > LONGEST_WAIT_SECONDS:
                raise LongPause(busy.code, busy.parameters, retry_after=busy.retry_after) from None
            raise
        self._pace.note_success(time.monotonic() - began)
        return answer

    def _is_too_long(self, state: RetryCallState) -> bool:
        """Gives up rather than wait past the deadline, so that the shop's own failure is reported."""
        return state.upcoming_sleep > min(LONGEST_WAIT_SECONDS, self._deadline.seconds_left() - LEAST_SECONDS)

    def _delay(self, state: RetryCallState) -> float:
        """Returns a delay that doubles, spread over its upper half, and at least the shop's own `Retry-After`."""
        failure = _failure(state)
        busy = isinstance(failure, Busy)
        delay: float = (FIRST_PAUSE_SECONDS if busy else FIRST_DELAY_SECONDS) * 2 ** (state.attempt_number - 1)
        asked = failure.retry_after if isinstance(failure, ShopError) else None
        return max(asked or 0.0, delay * (1 + self._chance()) / 2)

    def _exchange(
        self, method: str, url: str, seconds: float | None = None, *, auth: AuthBase | None = None, json: object = None
    ) -> Any:  # noqa: ANN401 - JSON
        pause = self._pace.seconds_to_wait()
        left = self._deadline.seconds_left() - pause
        if left <= 0:
            raise TimeIsUp
        if pause:
            self._sleep(pause)
        began = time.monotonic()
        try:
            return self._session.exchange(method, url, min(left, seconds or READ_SECONDS), auth=auth, json=json)
        finally:
            self.answer_seconds = time.monotonic() - began
            self._pace.note_request()


def _failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


def refusal_of(credentials: Credentials, refused: Unauthorized) -> Unauthorized:
    """Returns the refusal by the kind of credentials: the shop sends the same words for all (recordings 50-*, 51-*)."""
    match credentials:
        case BearerToken():
            return Unauthorized("BEARER_REFUSED")
        case AdminCredentials():
            return Unauthorized("ADMIN_REFUSED")
        case _:
            return refused


def _meaning(credentials: Credentials, refused: Refused) -> Refused:
    """Returns what a refusal means. OAuth's own refusals name no permission (recordings 52-*, 54-*)."""
    if isinstance(refused, Unauthorized):
        return refused if refused.permission else refusal_of(credentials, refused)
    is_mistyped = isinstance(credentials, OAuthCredentials) and len(credentials.access_token) != TOKEN_LENGTH
    if is_mistyped and refused.parameters.get("status") == HTTPStatus.BAD_REQUEST:
        return Unauthorized("OAUTH_REFUSED")  # recording 54-oauth-short-token
    return refused
