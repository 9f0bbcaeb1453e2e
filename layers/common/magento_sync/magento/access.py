"""Getting in, in plain requests if necessary, and the store views that this leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import AdminCredentials, BearerToken, OAuthCredentials
from magento_sync.magento.http.failures import Busy, RequestFailed, Unauthorized
from magento_sync.magento.http.responses import STORES_PERMISSION
from magento_sync.magento.orders.requests import RequestStyle, empty_request, read_list
from magento_sync.magento.stores import configured_store, stores_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.auth.credentials import Credentials
    from magento_sync.magento.client import MagentoClient

Access = tuple["Sequence[int]", RequestStyle]


def find_stores(client: MagentoClient, domain: str, store_id: str | None, style: RequestStyle) -> Access:
    """Returns the website's store views, and how requests have to be written.

    Args:
        client: The shop.
        domain: The website's.
        store_id: The configured store view, as its owner typed it.
        style: How requests are written at first.

    Raises:
        ShopError: The shop does not let us in; typed by what can be done about it.
    """
    try:
        return stores_of(client, domain, store_id, plain=style.plain), style
    except Unauthorized as refused:
        if is_signed_wrongly(client, refused):
            return _in_plain_requests(client, domain, store_id, replace(style, plain=True), refused)
        return _without_permission(client, store_id, style, refused)


def is_signed_wrongly(client: MagentoClient, refused: Unauthorized) -> bool:
    """Returns whether the shop may sign wrongly itself: it refuses a signature, and names no permission."""
    return isinstance(client.identity.credentials, OAuthCredentials) and refused.permission is None


def _in_plain_requests(
    client: MagentoClient, domain: str, store_id: str | None, plain: RequestStyle, refused: Unauthorized
) -> Access:
    """Tries requests without commas and brackets, which a version reportedly signs wrongly (#37278)."""
    try:
        return stores_of(client, domain, store_id, plain=True), plain
    except Unauthorized as error:
        if error.permission is None:
            raise refused from None
        return _without_permission(client, store_id, plain, error)


def _without_permission(
    client: MagentoClient, store_id: str | None, style: RequestStyle, refused: Unauthorized
) -> Access:
    """Falls back to the configured store where orders may be read and only store views may not."""
    readable = _readable_style(client, style) if refused.permission else None
    if readable is None:
        raise _refusal_of(client.identity.credentials, refused)
    configured = configured_store(store_id)
    if not configured:
        raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": STORES_PERMISSION})
    return configured, readable


def _readable_style(client: MagentoClient, style: RequestStyle) -> RequestStyle | None:
    """Returns how orders may be read, or None if they may not; a list that is broken is no answer to that."""
    try:
        read_list(client, empty_request([1]), style)
    except Unauthorized as refused:
        if style.plain or not is_signed_wrongly(client, refused):
            return None
        return _readable_style(client, replace(style, plain=True))
    except Busy:
        raise
    except RequestFailed:
        pass
    return style


def _refusal_of(credentials: Credentials, refused: Unauthorized) -> Unauthorized:
    """Returns the refusal by the kind of credentials: the shop sends the same words for all (recordings 50-*, 51-*)."""
    match credentials:
        case BearerToken():
            return Unauthorized("BEARER_REFUSED")
        case AdminCredentials():
            return Unauthorized("ADMIN_REFUSED")
        case _:
            return refused
