"""Public addresses only, judged by the address that was really connected to: no trick with DNS gets around that."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from magento_sync.errors import ShopNeedsPerson

if TYPE_CHECKING:
    import socket


class PublicAdapter(HTTPAdapter):
    """Speaks to public addresses only, over one connection.

    A connection to any other address is closed before a byte is sent.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - what requests hands on
        """Makes pools whose connections look at their peer."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PublicHttpPool, "https": _PublicHttpsPool}


def check_public(peer: str) -> None:
    """Refuses loopback, private, link-local, shared, reserved and multicast addresses.

    Raises:
        ShopNeedsPerson: `ADDRESS_NOT_PUBLIC`.
    """
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    judged = mapped or address
    if not judged.is_global or judged.is_multicast:
        raise ShopNeedsPerson("ADDRESS_NOT_PUBLIC")


def _checked(connected: socket.socket) -> socket.socket:
    try:
        check_public(connected.getpeername()[0])
    except BaseException:
        connected.close()
        raise
    return connected


class _PublicHttpConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicHttpsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(super()._new_conn())


class _PublicHttpPool(HTTPConnectionPool):
    ConnectionCls = _PublicHttpConnection


class _PublicHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHttpsConnection
