"""A server that sends any bytes, also invalid HTTP."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Talk = Callable[["Client"], None]


class Client:
    """A connected client.

    Attributes:
        connection: The socket.
    """

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self.connection = connection
        self._over = over

    def receive(self) -> bytes:
        """Returns the head of a request."""
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            piece = self.connection.recv(65536)
            if not piece:
                break
            received += piece
        return received

    def send(self, text: bytes) -> None:
        """Sends bytes at once."""
        self.connection.sendall(text)

    def drip(self, pieces: Iterator[bytes], every: float = 0.02) -> None:
        """Sends the pieces one by one until the client disconnects or the test ends."""
        for piece in pieces:
            self.send(piece)
            if self._over.wait(every):
                return

    def stall(self) -> None:
        """Sends nothing more until the test ends."""
        self._over.wait(30)


@contextmanager
def raw_server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Yields the port of a server that calls `talk` in a thread for each connection."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            secured = tls.wrap_socket(connection, server_side=True) if tls else connection
            with secured:
                talk(Client(secured, over))

    def accept() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                threads.append(threading.Thread(target=serve, args=[connection]))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            for thread in (accepting, *threads):
                thread.join()
