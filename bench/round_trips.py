"""Counts the round trips between a function and its database."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.network import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator


class Counter:
    """Counts how often a client speaks after its server has spoken.

    Attributes:
        transactions: The round trips of each transaction, over all connections.
    """

    def __init__(self) -> None:
        self.transactions: list[int] = []

    def forward(self, client: socket.socket, server: socket.socket) -> None:
        """Joins two connections until one of them ends."""
        answered = threading.Event()
        answered.set()
        back = threading.Thread(target=self._answer, args=(server, client, answered), daemon=True)
        back.start()
        with suppress(OSError):
            while data := client.recv(65536):
                if b"BEGIN" in data or not self.transactions:
                    self.transactions.append(0)
                if answered.is_set():
                    answered.clear()
                    self.transactions[-1] += 1
                server.sendall(data)
        _end(server)
        back.join()

    @staticmethod
    def _answer(server: socket.socket, client: socket.socket, answered: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                answered.set()
                client.sendall(data)
        _end(client)


@contextmanager
def counted(database_url: str) -> Iterator[tuple[str, Counter]]:
    """Listens in front of a database within a `with` block, which gets another URL of it and the counter."""
    counter = Counter()
    parts = urlsplit(database_url)
    with socket.create_server((HOST, 0)) as listener:
        threading.Thread(target=_accept, args=(listener, (parts.hostname, parts.port), counter), daemon=True).start()
        yield database_url.replace(f":{parts.port}/", f":{listener.getsockname()[1]}/"), counter


def _accept(listener: socket.socket, database: tuple[str, int], counter: Counter) -> None:
    with suppress(OSError):  # the listener is closed at the end
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(database)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=counter.forward, args=(client, server), daemon=True).start()


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
