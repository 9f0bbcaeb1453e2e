"""Connections to a shop: only to public addresses, and within the time limit of the request."""

from __future__ import annotations

import io
import socket
import time
from functools import partial
from http import HTTPStatus
from http.client import HTTPResponse, parse_headers
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from magento_sync.errors import ShopNeedsPerson
from magento_sync.magento.http.public_addresses import is_public

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urllib3 import BaseHTTPResponse


class ShopAdapter(HTTPAdapter):
    """Sends requests over one connection, to a private network or this machine only if that is allowed.

    The time-out covers connecting with TLS, or the whole answer, however slowly its headers and body arrive. Only the
    DNS lookup has its own time-out, the system's.
    """

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own
        """Creates pools of our connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_HttpPool, allow_private=self._allow_private),
            "https": partial(_HttpsPool, allow_private=self._allow_private),
        }


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, allow_private: bool = False, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's
        super().__init__(*args, **kwargs)
        self._allow_private = allow_private

    def _new_conn(self) -> socket.socket:
        """Connects to the first address that answers. All addresses, and TLS after them, share the time."""
        deadline = time.monotonic() + (self.timeout or 0)
        addresses = self._addresses()
        failure: OSError | None = None
        for number, address in enumerate(addresses):
            share = (deadline - time.monotonic()) / (len(addresses) - number)
            if share <= 0:
                break
            try:
                connected = create_connection((address, self.port or 0), share, socket_options=self.socket_options)
            except OSError as error:
                failure = error
                continue
            connected.settimeout(max(deadline - time.monotonic(), 0.001))
            return connected
        if failure is None or isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out") from failure
        raise NewConnectionError(self, f"Failed to establish a new connection: {failure}") from failure

    def _addresses(self) -> Sequence[str]:
        """Returns the host's addresses that we may connect to.

        Raises:
            ShopNeedsPerson: `ADDRESS_NOT_PUBLIC`: there are none.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = [str(place[0]) for *_, place in found]
        allowed = [address for address in addresses if self._allow_private or is_public(address)]
        if not allowed:
            raise ShopNeedsPerson("ADDRESS_NOT_PUBLIC")
        return allowed

    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override]
        """Returns the answer. Reading it raises TimeoutError when the time is up."""
        deadline = time.monotonic() + (self.timeout or 0)
        self.response_class = partial(_Response, deadline=deadline)  # type: ignore[assignment] # it is only called
        return super().getresponse()


class _HttpsConnection(_Connection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, deadline: float, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock, deadline))

    def _read_status(self) -> tuple[str, int, str]:
        """Skips interim answers such as `103 Early Hints`; http.client itself skips only `100 Continue`."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc] # typeshed leaves it out
            if not HTTPStatus.CONTINUE <= status < HTTPStatus.OK:
                return version, status, reason
            parse_headers(self.fp)


class _Reader(io.RawIOBase):
    """Reads from a socket until a deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - a buffer; its type came with Python 3.12
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
