"""A proxy for PostgreSQL that cuts connections at a COMMIT or another message, before or after it is executed."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

Moment = Literal["before", "after"]

COMMIT = b"COMMIT\x00"  # the end of a simple query, which may begin with other statements


class CuttingProxy:
    """Listens on one port and opens a connection to the server for each client.

    Attributes:
        marks: What a message has where the connection may be cut.
        plan: For each of these in turn: cut `before` it reaches the server, `after` the server has answered, or None.
        cuts: How many connections were cut.
    """

    def __init__(self, url: str) -> None:
        self.marks = [COMMIT]
        self.plan: Iterator[Moment | None] = iter(())
        self.cuts = 0
        self._target = conninfo_to_dict(url)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._dying: set[socket.socket] = set()

    @property
    def url(self) -> str:
        """The database's URL through the proxy."""
        port = self._listening.getsockname()[1]
        return f"postgresql://{self._target['user']}@127.0.0.1:{port}/{self._target['dbname']}"

    @contextmanager
    def serving(self) -> Iterator[CuttingProxy]:
        """Forwards connections within the block."""
        accepting = threading.Thread(target=self._accept)
        accepting.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            accepting.join()
            for end in self._open:
                _end(end)
            for thread in self._threads:
                thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection((str(self._target["host"]), int(str(self._target["port"]))))
            self._open += [client, server]
            for pump in (self._pump_up, self._pump_down):
                thread = threading.Thread(target=pump, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _pump_up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                moment = next(self.plan, None) if any(mark in data for mark in self.marks) else None
                if moment == "before":
                    self._cut(client, server)
                if moment == "after":
                    self._dying.add(server)
                server.sendall(data)
        _end(server)

    def _pump_down(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if server in self._dying:
                    self._cut(client, server)
                client.sendall(data)
        _end(client)

    def _cut(self, client: socket.socket, server: socket.socket) -> None:
        self.cuts += 1
        for end in (client, server):
            _end(end)


def _end(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
