"""Sends requests to a shop and reads its answers, within limits of time and size."""

from __future__ import annotations

import ssl
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.cookies import RequestsCookieJar
from urllib3 import Timeout

from magento_sync import __version__
from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.http.failures import AnswerTooLarge, TimedOut, Unreachable
from magento_sync.magento.http.responses import parse_response
from magento_sync.magento.http.transport import ShopAdapter

if TYPE_CHECKING:
    from requests.auth import AuthBase

USER_AGENT = f"magento-sync/{__version__}"
CONNECT_SECONDS = 10
# Bytes; 300 whole orders are about 2.3 MB (a real shop), and the densest JSON takes thirty times its size in memory.
LARGEST_ANSWER = 8 * 1024 * 1024


class ShopSession(requests.Session):
    """One connection to a shop, with our headers on every request. Without cookies and redirects.

    Error messages name the host. `contact` is where the shop's owner can reach us; sent in every `User-Agent`.
    """

    def __init__(self, host: str, *, allow_private: bool, contact: str) -> None:
        super().__init__()
        self._host = host
        self.trust_env = False  # a .netrc file would replace our Authorization, and proxies would connect for us
        # Every answer sets a session cookie, and sessions pile up on the shop.
        self.cookies = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
        agent = f"{USER_AGENT} (+{contact})" if contact else USER_AGENT
        self.headers.update({"Accept": "application/json", "User-Agent": agent})
        for scheme in ("https://", "http://"):
            self.mount(scheme, ShopAdapter(allow_private=allow_private))

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - the parent's name
        """Returns None. Otherwise requests reads the whole body and parses the target, even without redirects."""
        return

    def exchange(
        self, method: str, url: str, seconds: float, *, auth: AuthBase | None = None, json: object = None
    ) -> Any:  # noqa: ANN401 - JSON
        """Sends a request and returns the JSON of the answer.

        Connecting, headers and body may take so many seconds together. `auth` signs the request, with a new nonce.

        Raises:
            ShopError: Typed by what can be done about it; `TIMEOUT` when the time is up.
        """
        deadline = time.monotonic() + seconds
        timeout = Timeout(connect=min(CONNECT_SECONDS, seconds), total=seconds)
        try:
            response = self.request(
                method,
                url,
                auth=auth,
                json=json,
                timeout=timeout,  # type: ignore[arg-type] # requests takes urllib3's too
                allow_redirects=False,
                stream=True,
            )
            with response:
                body = self._body(response)
        except requests.exceptions.RequestException as error:
            if isinstance(error, requests.exceptions.Timeout) or time.monotonic() >= deadline:
                raise TimedOut("TIMEOUT", {"host": self._host}) from None
            if _is_about_tls(error):
                raise ShopNeedsPerson("TLS", {"host": self._host}) from None
            raise Unreachable("UNREACHABLE", {"host": self._host}) from None
        return parse_response(response, body)

    def _body(self, response: requests.Response) -> bytes:
        pieces: list[bytes] = []
        size = 0
        for piece in response.iter_content(64 * 1024):
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise AnswerTooLarge("ANSWER_TOO_LARGE", {"host": self._host})
        return b"".join(pieces)


def _is_about_tls(error: BaseException) -> bool:
    """Returns whether TLS failed: a wrong certificate or version; a connection that broke within TLS does not count."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return not isinstance(cause, ssl.SSLEOFError)
        cause = cause.__cause__ or cause.__context__
    return isinstance(error, requests.exceptions.SSLError)
