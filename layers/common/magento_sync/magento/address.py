"""The address of a shop's API, however its owner typed it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

from magento_sync.errors import ShopNeedsPerson

DEFAULT_PORTS = {"https": 443, "http": 80}
# With the underscore, which host names of containers may have.
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")


@dataclass(frozen=True)
class ShopAddress:
    """Where a shop's API is.

    Attributes:
        base: The shop's front page, without a slash at its end.
        host: Host and port, the name under which runs on one shop are counted.
        api_roots: Where the API may answer, the usual place first, then what was typed.
    """

    base: str
    host: str
    api_roots: tuple[str, ...]


def shop_address(typed: str | None, *, allow_insecure: bool = False) -> ShopAddress:
    """Reads `shop.example`, `https://shop.example/`, `…/rest`, `…/rest/V1`, `…/index.php/rest/V1`, a sub-folder.

    `http` is for shops on this machine.

    Raises:
        ShopNeedsPerson: `ADDRESS_MISSING`, `ADDRESS_UNUSABLE` or `ADDRESS_INSECURE`.
    """
    text = (typed or "").strip()
    if not text:
        raise ShopNeedsPerson("ADDRESS_MISSING")
    try:
        parts = urlsplit(text if "://" in text else f"https://{text.lstrip('/')}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ShopNeedsPerson("ADDRESS_UNUSABLE") from None
    # "https:/shop.example" and the like would be read as a host named https.
    if parts.scheme.lower() not in DEFAULT_PORTS or not host or host in DEFAULT_PORTS or port == 0:
        raise ShopNeedsPerson("ADDRESS_UNUSABLE")
    if parts.username is not None or "\\" in text:
        raise ShopNeedsPerson("ADDRESS_UNUSABLE")
    scheme = parts.scheme.lower()
    if scheme != "https" and not allow_insecure:
        raise ShopNeedsPerson("ADDRESS_INSECURE", {"host": host})
    place = ascii_host(host) if port in {None, DEFAULT_PORTS[scheme]} else f"{ascii_host(host)}:{port}"
    folder, route = _split(parts.path)
    base = f"{scheme}://{place}{folder}"
    return ShopAddress(base, place, tuple(dict.fromkeys([f"{base}/rest/V1", f"{base}{route}"])))


def ascii_host(host: str) -> str:
    """Returns a host name in lower case and punycode, as Magento stores it; an IPv6 address in brackets.

    Raises:
        ShopNeedsPerson: `ADDRESS_UNUSABLE`: not a host name.
    """
    host = host.strip().rstrip(".").lower()
    try:
        if ":" in host and "%" not in host:
            return f"[{ipaddress.IPv6Address(host)}]"
        name = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except ValueError:
        raise ShopNeedsPerson("ADDRESS_UNUSABLE") from None
    if not HOST.fullmatch(name):
        raise ShopNeedsPerson("ADDRESS_UNUSABLE")
    return name


def _split(path: str) -> tuple[str, str]:
    """Returns the sub-folder of the shop, and the route of the API below it as it was typed."""
    segments = [segment for segment in path.split("/") if segment]
    words = [segment.lower() for segment in segments]
    start = next((place for place, word in enumerate(words) if word in {"rest", "index.php"}), len(words))
    route = segments[start:]
    if "rest" not in words[start:]:
        route.append("rest")
    if "v1" in words[start:]:
        route = route[: words[start:].index("v1") + 1]
    else:
        route.append("V1")
    return "".join(f"/{segment}" for segment in segments[:start]), "".join(f"/{segment}" for segment in route)
