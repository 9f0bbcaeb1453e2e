"""Getting in, in plain requests if need be; and which store views that leads to."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento.auth.credentials import BearerToken, OAuthCredentials
from magento_sync.magento.http.responses import ORDERS_PERMISSION, STORES_PERMISSION, Unauthorized, about_the_request
from magento_sync.magento.orders.requests import BEYOND_ALL_IDS, Request, RequestStyle, read_page
from magento_sync.magento.stores import configured_store, stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from magento_sync.db.websites import Website
    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.client import MagentoClient

Access = tuple["Sequence[int]", RequestStyle]


def gain_access(client: MagentoClient, website: Website, style: RequestStyle) -> Access:
    """The website's store views, and how requests have to be written.

    Args:
        client: The shop.
        website: Whose store views.
        style: How requests are written at first.

    Raises:
        ShopError: The shop does not let us in; typed by what can be done about it.
    """
    try:
        return _stores(client, website, style), style
    except Unauthorized as refused:
        if mis_signed(client, refused):
            return _in_plain_requests(client, website, replace(style, plain=True), refused)
        return _without_permission(client, website, style, refused)


def mis_signed(client: MagentoClient, refused: Unauthorized) -> bool:
    """Whether it may be the shop that signs wrongly: it refuses a signature, and names no permission."""
    return isinstance(client.credentials, OAuthCredentials) and refused.permission is None


@contextmanager
def permission_told(*, orders_read: bool) -> Iterator[None]:
    """Names the permission that is missing to read orders: who could ask for the stores is who we say.

    Args:
        orders_read: Whether orders could be read before; then it is no permission that is missing, but the shop refuses us anew.

    Raises:
        ShopNeedsPerson: `PERMISSION_MISSING`.
    """
    try:
        yield
    except Unauthorized as refused:
        if refused.permission is None or orders_read:
            raise
        raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": ORDERS_PERMISSION}) from None


def _stores(client: MagentoClient, website: Website, style: RequestStyle) -> list[int]:
    return stores_of(client, website.domain, website.store_id, plain=style.plain)


def _in_plain_requests(client: MagentoClient, website: Website, plain: RequestStyle, refused: Unauthorized) -> Access:
    """One version is said to mis-sign commas and brackets (#37278); without them its signatures are right."""
    try:
        return _stores(client, website, plain), plain
    except Unauthorized as error:
        if error.permission is None:
            raise refused from None
        return _without_permission(client, website, plain, error)


def _without_permission(client: MagentoClient, website: Website, style: RequestStyle, refused: Unauthorized) -> Access:
    """Falls back to the configured store where only the stores may not be asked for; else says what to check."""
    readable = _readable_style(client, style) if refused.permission else None
    if readable is None:
        raise _refusal(client.credentials, refused)
    configured = configured_store(website.store_id)
    if not configured:
        raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": STORES_PERMISSION})
    return configured, readable


def _readable_style(client: MagentoClient, style: RequestStyle) -> RequestStyle | None:
    """How orders may be read, if at all; a list that cannot be used says nothing of that, and may be got around."""
    try:
        read_page(client, Request(stores=(1,), size=1, after=BEYOND_ALL_IDS), style)
    except Unauthorized as refused:
        if style.plain or not mis_signed(client, refused):
            return None
        return _readable_style(client, replace(style, plain=True))
    except ShopUnavailable as failure:
        if failure.retry_after is not None or not about_the_request(failure):
            raise
    return style


def _refusal(credentials: Credentials, refused: Unauthorized) -> ShopNeedsPerson:
    """The shop's refusals look alike, except that a wrong OAuth signature names no permission (recordings 52-*, 54-*).

    An integration that is switched off is refused like one without permissions (57-integration-inactive), a Bearer token in the
    same words whatever is wrong with it (50-*, 51-*): most likely that Bearer is switched off.
    """
    return ShopNeedsPerson("BEARER_REFUSED") if isinstance(credentials, BearerToken) else refused
