"""What somebody gives for `make run SHOP=… CREDENTIALS=…`, read and checked."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.errors import LocalStackError
from magento_sync.errors import ShopError
from magento_sync.magento.address import ShopAddress, shop_address
from magento_sync.magento.auth.credentials import AdminCredentials, OAuthCredentials, parse_credentials
from magento_sync.messages import sentence


@dataclass(frozen=True)
class RealShop:
    """What somebody gave us.

    Attributes:
        typed: The address as it was typed.
        credentials: The JSON, checked.
        kind: What they are, for people.
        domain: Decides on the store views.
    """

    typed: str
    address: ShopAddress
    credentials: str = field(repr=False)
    kind: str
    domain: str

    @property
    def on_this_machine(self) -> bool:
        """Whether the shop's host is this machine."""
        host = urlsplit(self.address.base).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")

    @property
    def insecure(self) -> bool:
        """Whether `http` and private addresses have to be allowed for it."""
        return self.on_this_machine or self.address.base.startswith("http://")


def real_shop(typed: str, credentials_file: str, domain: str | None) -> RealShop:
    """Reads and checks what was given, before anything is started.

    Raises:
        LocalStackError: Something is not usable; the text says which, and never repeats a secret.
    """
    try:
        address = shop_address(typed, allow_insecure=True)
    except ShopError as error:
        raise LocalStackError(f"SHOP cannot be used: {sentence(error.code, 'en', error.parameters)}") from None
    path = Path(credentials_file).expanduser()
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise LocalStackError(
            f"The file {path} cannot be read ({error.strerror}): name a JSON file with the shop's credentials in CREDENTIALS."
        ) from None
    try:
        parsed = parse_credentials(text, str(path))
    except ShopError as error:
        raise LocalStackError(sentence(error.code, "en", error.parameters)) from None
    kinds: dict[type, str] = {OAuthCredentials: "OAuth", AdminCredentials: "password"}
    folder = address.base.partition("://")[2]
    return RealShop(typed, address, text, kinds.get(type(parsed), "Bearer"), domain or folder)
