"""The arguments of `make run SHOP=… CREDENTIALS=…`."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.errors import LocalStackError
from magento_sync.errors import ShopError
from magento_sync.magento.address import ShopAddress, shop_address
from magento_sync.magento.auth.credentials import parse_credentials
from magento_sync.messages import sentence

TYPED = {
    " We try again later. If this persists, check magentoApiUrl.": " Check SHOP, then run the same command again.",
    " We try again later.": " Run the same command again later.",
    "Enter that address.": "Set SHOP to that address.",
    "Correct the domain, or enter magentoStoreId.": "Set DOMAIN to one of them.",
    "magentoApiUrl": "SHOP",
}
"""What sentences for the app's users say, and what was typed here instead."""


@dataclass(frozen=True)
class RealShop:
    """The user's shop.

    Attributes:
        typed: The address as typed.
        address: The address of the API.
        credentials: The checked JSON.
        domain: Decides which store views are read.
        days: Maximum age of the orders of a first import; 0 for any age, None if the user has not said.
    """

    typed: str
    address: ShopAddress
    credentials: str = field(repr=False)
    domain: str
    days: int | None

    @property
    def insecure(self) -> bool:
        """Whether it needs `http` or an address that is not public: its host is this machine or a private network."""
        return self.address.base.startswith("http://") or not _is_public(urlsplit(self.address.base).hostname or "")


def real_shop(typed: str, credentials_file: str, domain: str | None, days: str | None = None) -> RealShop:
    """Reads and checks the arguments.

    Raises:
        LocalStackError: An argument is unusable; the text never contains a secret.
    """
    try:
        address = shop_address(typed, allow_insecure=True)
    except ShopError as error:
        raise LocalStackError(
            f"SHOP cannot be used: {as_typed(sentence(error.code, 'en', error.parameters))}"
        ) from None
    path = Path(credentials_file).expanduser()
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise LocalStackError(
            f"The file {path} cannot be read ({error.strerror}): "
            "set CREDENTIALS to a JSON file with the shop's credentials."
        ) from None
    try:
        parse_credentials(text, str(path))
    except ShopError as error:
        raise LocalStackError(sentence(error.code, "en", error.parameters)) from None
    return RealShop(typed, address, text, domain or address.base.partition("://")[2], _days(days))


def _days(text: str | None) -> int | None:
    if text in {None, "all"}:
        return None if text is None else 0
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise LocalStackError("DAYS must be a number of days from 1 to 9999, or all.")
    return int(text)


def as_typed(text: str) -> str:
    """Returns an English sentence with the variables of `make run` in place of the website's columns."""
    for column, variable in TYPED.items():
        text = text.replace(column, variable)
    return text


def _is_public(host: str) -> bool:
    """Returns whether all addresses of the host are public; an unknown host counts as public."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return True
    return all(ipaddress.ip_address(str(info[4][0]).partition("%")[0]).is_global for info in found)
