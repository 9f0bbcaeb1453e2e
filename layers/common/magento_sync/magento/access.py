"""Getting in, in plain requests if necessary, and the store views that this leads to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.auth.credentials import OAuthCredentials
from magento_sync.magento.client import refusal_of
from magento_sync.magento.http.failures import Busy, RequestFailed, Unauthorized
from magento_sync.magento.http.responses import STORES_PERMISSION
from magento_sync.magento.orders.requests import RequestStyle, empty_request, read_list
from magento_sync.magento.stores import configured_store, stores_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from magento_sync.magento.client import MagentoClient

Answer = TypeVar("Answer")


def find_stores(
    client: MagentoClient, domain: str, store_id: str | None, style: RequestStyle
) -> tuple[Sequence[int], RequestStyle]:
    """Returns the website's store views, and how requests have to be written.

    Where orders may be read and only store views may not, these are the configured store.

    Raises:
        ShopError: The shop does not let us in; typed by what can be done about it.
    """
    try:
        return in_either_style(client, style, lambda it: stores_of(client, domain, store_id, plain=it.plain))
    except Unauthorized as refused:
        readable = _readable_style(client, style) if refused.permission else None
        if readable is None:
            raise refusal_of(client.identity.credentials, refused) from None
    configured = configured_store(store_id)
    if not configured:
        raise ShopNeedsPerson("PERMISSION_MISSING", {"permission": STORES_PERMISSION})
    return configured, readable


def in_either_style(
    client: MagentoClient, style: RequestStyle, ask: Callable[[RequestStyle], Answer]
) -> tuple[Answer, RequestStyle]:
    """Returns the answer, and the style of requests in which it came: plain if the shop refuses other signatures.

    A version reportedly signs commas and brackets wrongly (#37278). A refusal that names a permission is no such case.

    Raises:
        Unauthorized: The shop refuses plain requests too.
        ShopError: Any other failure.
    """
    try:
        return ask(style), style
    except Unauthorized as refused:
        is_signed = isinstance(client.identity.credentials, OAuthCredentials)
        if style.plain or not is_signed or refused.permission:
            raise
        plain = replace(style, plain=True)
        try:
            return ask(plain), plain
        except Unauthorized as again:
            if again.permission:
                raise
            raise refused from None


def _readable_style(client: MagentoClient, style: RequestStyle) -> RequestStyle | None:
    """Returns how orders may be read, or None if they may not; a list that is broken is no answer to that."""
    try:
        _, style = in_either_style(client, style, lambda it: read_list(client, empty_request([1]), it))
    except Unauthorized:
        return None
    except Busy:
        raise
    except RequestFailed:
        pass
    return style
