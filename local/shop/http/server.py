"""Serving on a loopback port: a thread, and its connections."""

import socket
import sys
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer

from local.shop.http.handler import Handler
from local.shop.http.log import RequestLog
from local.shop.http.request import Kind, Request
from local.shop.http.responses import Answer


class ShopServer(ThreadingHTTPServer):
    """Serves from a thread of its own until it is closed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, answer: Callable[[Request], Answer], log: RequestLog, kind_of: Callable[[str], Kind], port: int = 0
    ) -> None:
        """Serve on 127.0.0.1; port 0 takes a free one."""
        super().__init__(("127.0.0.1", port), Handler)
        self.answer = answer
        self.log = log
        self.kind_of = kind_of
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Remember the connection, to end it with the shop."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Forget the connection."""
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of the shop; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def deserted(self, within: float) -> bool:
        """Whether no connection is open any more, at the latest after that many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._connections, within)

    def close(self) -> None:
        """Stop listening, end the connections, wait for the threads."""
        self.shutdown()
        with self._changed:
            open_ones = list(self._connections)
        for connection in open_ones:
            _end(connection)
        self.server_close()
        self._thread.join()


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has ended by itself
        return
