"""Which of a shop's store views belong to a website, by its domain."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.address import DEFAULT_PORTS, ascii_host
from magento_sync.magento.http.failures import NoApi, NoSuchEntity, PageNotFound, ServerFailed
from magento_sync.magento.orders.order import parse_integer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from magento_sync.magento.client import MagentoClient

# The links are what customers see: with store codes in URLs, only they end in the code.
LINKS = ("base_link_url", "secure_base_link_url")
BASES = ("base_url", "secure_base_url")
PLACEHOLDER = "{{"
LONGEST_LIST = 2000  # characters of a message, which is stored
LONGEST_NUMBER = 9  # digits; int() raises for very long numbers


class NoMatch(ShopNeedsPerson):
    """The shop has no store view of that domain."""


@dataclass(frozen=True)
class StoreLocation:
    """A host with a path, and a port if given."""

    host: str
    port: int | None
    path: tuple[str, ...]

    @property
    def bare_host(self) -> str:
        """The host without `www.`."""
        return self.host.removeprefix("www.")

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        return "/".join([f"{self.host}{port}", *self.path])


@dataclass(frozen=True)
class StoreView:
    """A store view.

    Attributes:
        id: Magento's number.
        locations: Where its customers find it.
        anywhere: Whether its base URL is `{{base_url}}`, which shows the requested host.
    """

    id: int
    locations: frozenset[StoreLocation]
    anywhere: bool = False

    def is_of(self, location: StoreLocation) -> bool:
        """Returns whether it has no other host. A URL inherited from the shop's first website is often a mistake."""
        return all(own.bare_host == location.bare_host for own in self.locations)


def store_views(client: MagentoClient, *, plain: bool = False) -> list[StoreView]:
    """Returns the shop's store views, also inactive ones, without the admin's store 0 (45-storeConfigs-*).

    A plain request has no commas in values, for shops that sign wrongly.

    Raises:
        NoApi: There is no such route.
        ShopError: The shop failed, or its answer has another shape.
    """
    try:
        answer = client.get("/store/storeConfigs", None if plain else {"fields": ",".join(["id", *LINKS, *BASES])})
    except (NoSuchEntity, PageNotFound):
        raise NoApi from None
    if not isinstance(answer, list) or not answer:
        raise ServerFailed("ANSWER_UNUSABLE")
    views = [_view(config) for config in answer]
    return [view for view in views if view.id != 0]


def matching_stores(domain: str, views: Sequence[StoreView]) -> list[int]:
    """Returns the ids of the store views that match a domain: all that tie, none silently left out.

    The exact host is preferred to the host without `www.`, then the longest path that the domain begins with, then
    views without another host. A port counts where the domain names one. A `{{base_url}}` shop matches only if nothing
    else does; a real one shows the host that was asked instead.

    Raises:
        NoMatch: `NO_MATCHING_STORE`, with the domains that the shop has, or `DOMAIN_UNUSABLE`.
    """
    wanted = _location(domain)
    if wanted is None:
        raise NoMatch("DOMAIN_UNUSABLE", {"domain": domain})
    located = [
        (view, location)
        for view in views
        for location in view.locations
        if location.port == wanted.port or not wanted.port
    ]
    reaching = [(view, location) for view, location in located if wanted.path[: len(location.path)] == location.path]
    matches = [(view, location) for view, location in reaching if location.host == wanted.host] or [
        (view, location) for view, location in reaching if location.bare_host == wanted.bare_host
    ]
    if matches:
        longest = max(len(location.path) for _, location in matches)
        tied = [view for view, location in matches if len(location.path) == longest]
        return sorted({view.id for view in [view for view in tied if view.is_of(wanted)] or tied})
    anywhere = sorted(view.id for view in views if view.anywhere)
    if anywhere:
        return anywhere
    known = ", ".join(sorted({str(location) for view in views for location in view.locations}))
    raise NoMatch("NO_MATCHING_STORE", {"domain": domain, "domains": shorten(known, LONGEST_LIST, placeholder=" …")})


def configured_store(text: str | None) -> list[int]:
    """Returns the store that the website's row names, as a list; an empty list if it names none.

    Raises:
        ShopNeedsPerson: `STORE_ID_UNUSABLE`: not the number of a store view; 0 is the admin's.
    """
    value = (text or "").strip()
    if not value:
        return []
    if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER) or int(value) == 0:
        raise ShopNeedsPerson("STORE_ID_UNUSABLE")
    return [int(value)]


def stores_of(client: MagentoClient, domain: str, store_id: str | None, *, plain: bool = False) -> list[int]:
    """Returns the store views to read for a website: those of its domain, else the store view that its row names.

    Raises:
        ShopError: Neither way leads to a store view that the shop has; any other would bring no orders for ever.
    """
    views = store_views(client, plain=plain)
    try:
        return matching_stores(domain, views)
    except NoMatch:
        configured = configured_store(store_id)
        if not any(view.id in configured for view in views):
            raise
        return configured


def _view(config: Any) -> StoreView:  # noqa: ANN401 - JSON
    if not isinstance(config, dict) or (view_id := parse_integer(config.get("id"))) is None:
        raise ServerFailed("ANSWER_UNUSABLE")
    locations = frozenset(_locations(config, LINKS) or _locations(config, BASES))
    # A view without any readable URL must not match every domain.
    anywhere = not locations and any(PLACEHOLDER in str(config.get(key)) for key in (*LINKS, *BASES))
    return StoreView(view_id, locations, anywhere=anywhere)


def _locations(config: dict[str, Any], keys: Iterable[str]) -> set[StoreLocation]:
    urls = [url for key in keys if isinstance(url := config.get(key), str) and PLACEHOLDER not in url]
    return {location for url in urls if (location := _location(url)) is not None}


def _location(text: str) -> StoreLocation | None:
    """Reads a URL or a domain as people type it."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text.lstrip('/')}")
        host, port = parts.hostname, parts.port
        # The usual ports say nothing, whether or not the domain was typed with a scheme.
        named = None if port in DEFAULT_PORTS.values() else port
        segments = tuple(segment for segment in parts.path.split("/") if segment not in {"", "index.php"})
        return StoreLocation(ascii_host(host), named, segments) if host else None
    except (ValueError, ShopError):
        return None
