"""Types a shop's responses by status and `parameters`: Magento translates its messages, and they hold placeholders."""

from __future__ import annotations

import email.utils
import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from magento_sync.errors import ShopError
from magento_sync.magento.address import ascii_host
from magento_sync.magento.http.failures import (
    Busy,
    InternalError,
    NoSuchEntity,
    PageNotFound,
    PageTooLarge,
    Refused,
    ServerFailed,
    Unauthorized,
)

if TYPE_CHECKING:
    from requests import Response

ORDERS_PERMISSION = "Magento_Sales::actions_view"
STORES_PERMISSION = "Magento_Backend::store"
PERMISSIONS = re.compile(r"[\w:, ]{1,200}", re.ASCII)  # shown to people, and stored


def parse_response(response: Response, body: bytes) -> Any:  # noqa: ANN401 - JSON
    """Returns the JSON of a good answer.

    Raises:
        ShopError: Any other answer, typed by what the caller does next.
    """
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise _failure(response, None) from None
    if response.status_code == HTTPStatus.OK:
        return content
    raise _failure(response, content)


def _failure(response: Response, content: Any) -> ShopError:  # noqa: ANN401, PLR0911 - JSON, or None; a table
    status = response.status_code
    match status:
        case 200 | 202:  # firewalls' challenges come with either
            return ServerFailed("ANSWER_NOT_JSON")
        case 301 | 302 | 303 | 307 | 308:
            return _redirected(response)
        case 401 if response.headers.get("WWW-Authenticate", "").lower().startswith("basic"):
            return Refused("BASIC_AUTHENTICATION")
        case 429:
            return Busy("TOO_MANY_REQUESTS", retry_after=_retry_after(response))
        case 503:
            return Busy("MAINTENANCE", retry_after=_retry_after(response))
        case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            kind = InternalError if status == HTTPStatus.INTERNAL_SERVER_ERROR else ServerFailed
            return kind("SHOP_ERROR", {"status": status})
        case _:
            return _refusal(status, content if isinstance(content, dict) else None)


def _redirected(response: Response) -> Refused:
    """Types a redirect: to another host (a wrong address), or within the host (a login, a language, a firewall)."""
    try:
        own = response.url or ""
        host = ascii_host(urlsplit(urljoin(own, response.headers.get("Location", ""))).hostname or "")
        within = host == ascii_host(urlsplit(own).hostname or "")
    except (ValueError, ShopError):
        host, within = "?", False
    return Refused("REDIRECTED_WITHIN", {"host": host}) if within else Refused("REDIRECTED", {"host": host})


def _refusal(status: int, content: dict[str, Any] | None) -> ShopError:
    """Returns the failure of a 4xx; without JSON it does not come from Magento."""
    parameters = content.get("parameters") if content else None
    named = parameters if isinstance(parameters, dict) else {}
    match status:
        case 400 if type(named.get("max")) is int:
            return PageTooLarge(named["max"])
        case 401 if content is not None:
            return _unauthorized(named)
        case 401 | 403:
            return Refused("FIREWALL", {"status": status})
        case 404 if content is not None and "message" in content:
            return NoSuchEntity("NOT_FOUND")
        case 404:
            return PageNotFound()
        case _:
            return Refused("REQUEST_REFUSED", {"status": status})


def _unauthorized(parameters: dict[str, Any]) -> Unauthorized:
    resources = parameters.get("resources")
    if isinstance(resources, str) and PERMISSIONS.fullmatch(resources):
        return Unauthorized("CREDENTIALS_REFUSED", resources)
    # OAuth's refusals name no permission: unknown key or token, wrong signature, burnt nonce (recordings 52-*, 54-*).
    return Unauthorized("OAUTH_REFUSED")


def _retry_after(response: Response) -> float | None:
    """Returns `Retry-After` in seconds, from either of its forms; a date in the past is 0."""
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
