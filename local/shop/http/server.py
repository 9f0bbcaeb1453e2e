"""An HTTP server on a loopback port, with a thread for each connection."""

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import ThreadingHTTPServer

from local.shop.http.handler import Handler
from local.shop.http.request import Request
from local.shop.http.responses import Response


class ShopServer(ThreadingHTTPServer):
    """Serves in threads of its own until it is closed."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, respond: Callable[[Request], Response], port: int = 0) -> None:
        """Serves on 127.0.0.1; port 0 takes a free port."""
        super().__init__(("127.0.0.1", port), partial(Handler, respond))
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]
        """Registers the connection, so that `close` can end it."""
        with self._changed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        """Removes the connection."""
        with self._changed:
            self._connections.discard(request)
            self._changed.notify_all()
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Prints an error, unless the client merely closed the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def wait_until_idle(self, seconds: float) -> bool:
        """Returns whether all connections end within that many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._connections, seconds)

    def close(self) -> None:
        """Stops listening, ends the connections and waits for the threads."""
        self.shutdown()
        with self._changed:
            connections = list(self._connections)
        for connection in connections:
            with suppress(OSError):  # the client has closed it
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()
