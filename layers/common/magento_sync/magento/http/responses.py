"""What a shop's answer means. Decided by status and `parameters`: Magento's messages are translated and hold placeholders."""

from __future__ import annotations

import email.utils
import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.address import ascii_host

if TYPE_CHECKING:
    from requests import Response

ORDERS_PERMISSION = "Magento_Sales::actions_view"
STORES_PERMISSION = "Magento_Backend::store"
PERMISSIONS = re.compile(r"[\w:, ]{1,200}", re.ASCII)  # they are told and stored
# Refusals that may be about one address alone: a firewall's rule, an extension's redirect.
OF_ONE_ADDRESS = frozenset({"FIREWALL", "REDIRECTED", "REDIRECTED_WITHIN", "REQUEST_REFUSED", "WRONG_ADDRESS"})


class NoSuchEntity(ShopError):
    """Magento's own 404 for an id that does not exist."""


class AnswerUnusable(ShopUnavailable):
    """A 5xx or a body that cannot be used: a damaged order or too large a page look like this, and so does an outage."""


class InternalError(AnswerUnusable):
    """Magento's own 500. Asking again at once is of no use: a damaged order answers so every time (recordings 70-*, 83-*)."""


class PageTooLarge(ShopError):
    """The shop limits the page size.

    Attributes:
        largest: The largest page that it allows.
    """

    def __init__(self, largest: int) -> None:
        self.largest = largest
        super().__init__("PAGE_LIMIT", {"max": largest})


class LoginFailed(ShopUnavailable):
    """The shop failed where an admin's token was asked for: whatever the token was for is not at fault."""


class Unauthorized(ShopNeedsPerson):
    """The shop refused who we are, or what we may do; both look the same (recordings 46-*, 50-*, 51-*).

    Attributes:
        permission: The permission that the shop named, if it did.
    """

    def __init__(self, code: str, permission: str | None = None) -> None:
        self.permission = permission
        super().__init__(code, {"permission": permission} if permission else None)


def believed(response: Response, body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The JSON of a good answer.

    Raises:
        ShopError: Whatever else the shop said, typed by what can be done about it.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise _error(response, None) from None
    if response.status_code == HTTPStatus.OK:
        return content
    raise _error(response, content)


def _error(response: Response, content: Any) -> ShopError:  # noqa: ANN401, PLR0911 - JSON, or None; a table
    status = response.status_code
    match status:
        case 200 | 202:  # firewalls' challenges come with either
            return AnswerUnusable("ANSWER_NOT_JSON")
        case 301 | 302 | 303 | 307 | 308:
            return _redirected(response)
        case 401 if response.headers.get("WWW-Authenticate", "").lower().startswith("basic"):
            return ShopNeedsPerson("BASIC_AUTHENTICATION")
        case 429:
            return ShopUnavailable("TOO_MANY_REQUESTS", retry_after=_retry_after(response))
        case 408:
            return AnswerUnusable("SHOP_ERROR", {"status": status})
        case 503:
            return ShopUnavailable("MAINTENANCE", retry_after=_retry_after(response))
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind = InternalError if status == HTTPStatus.INTERNAL_SERVER_ERROR else AnswerUnusable
            return kind("SHOP_ERROR", {"status": status})
        case _:
            return _refusal(status, content if isinstance(content, dict) else None)


def _redirected(response: Response) -> ShopNeedsPerson:
    """Another address is to be filled in; another page of the same host is a login, a language or a firewall's."""
    try:
        own = response.url or ""
        host = ascii_host(urlsplit(urljoin(own, response.headers.get("Location", ""))).hostname or "")
        within = host == ascii_host(urlsplit(own).hostname or "")
    except (ValueError, ShopError):
        host, within = "?", False
    if within:
        return ShopNeedsPerson("REDIRECTED_WITHIN", {"host": host})
    return ShopNeedsPerson("REDIRECTED", {"host": host})


def _refusal(status: int, content: dict[str, Any] | None) -> ShopError:
    """What a 4xx means; without JSON it is not Magento that speaks."""
    parameters = content.get("parameters") if content else None
    named = parameters if isinstance(parameters, dict) else {}
    match status:
        case 400 if type(named.get("max")) is int:
            return PageTooLarge(named["max"])
        case 401 if content is not None:
            return _unauthorized(named)
        case 401 | 403:
            return ShopNeedsPerson("FIREWALL", {"status": status})
        case 404 if content is not None and "message" in content:
            return NoSuchEntity("NOT_FOUND")
        case 404:
            return ShopNeedsPerson("WRONG_ADDRESS")
        case _:
            return ShopNeedsPerson("REQUEST_REFUSED", {"status": status})


def _unauthorized(parameters: dict[str, Any]) -> Unauthorized:
    resources = parameters.get("resources")
    if isinstance(resources, str) and PERMISSIONS.fullmatch(resources):
        return Unauthorized("CREDENTIALS_REFUSED", resources)
    # OAuth's own refusals carry no permission: unknown key or token, wrong signature, burnt nonce (recordings 52-*, 54-*).
    return Unauthorized("OAUTH_REFUSED")


def _retry_after(response: Response) -> float | None:
    """`Retry-After` in seconds, from either of its forms."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def about_the_request(error: ShopUnavailable) -> bool:
    """Whether a smaller request, or one for other orders, might do; not where the shop asks for a pause or time is up."""
    return not isinstance(error, LoginFailed) and error.code not in {"TOO_MANY_REQUESTS", "TIME_IS_UP"}


def may_be_the_orders(error: ShopError) -> bool:
    """Whether a failure to read one order may be that order's, where other orders can be read."""
    if isinstance(error, ShopUnavailable):
        return error.retry_after is None and about_the_request(error)
    return error.code in OF_ONE_ADDRESS
