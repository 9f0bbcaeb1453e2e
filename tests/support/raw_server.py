"""A server that says what it is told to, byte by byte: what no well-behaved shop would."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Talk = Callable[["Caller"], None]


class Caller:
    """Who is connected.

    Attributes:
        connection: The socket.
    """

    def __init__(self, connection: socket.socket, over: threading.Event) -> None:
        self.connection = connection
        self._over = over

    def hear(self) -> bytes:
        """The head of a request."""
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            piece = self.connection.recv(65536)
            if not piece:
                break
            heard += piece
        return heard

    def say(self, text: bytes) -> None:
        """Sends at once."""
        self.connection.sendall(text)

    def drip(self, pieces: Iterator[bytes], every: float = 0.02) -> None:
        """Sends piece by piece, until the caller goes away or the test is over."""
        for piece in pieces:
            self.say(piece)
            if self._over.wait(every):
                return

    def stall(self) -> None:
        """Says nothing more."""
        self._over.wait(30)


@contextmanager
def raw_server(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serves on a port of this machine; every connection is talked to in a thread of its own."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            spoken = tls.wrap_socket(connection, server_side=True) if tls else connection
            with spoken:
                talk(Caller(spoken, over))

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
