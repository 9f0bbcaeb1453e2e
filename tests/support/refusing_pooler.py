"""A connection pooler that takes the password and then refuses the connection, in its own words."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SSL_REQUEST = struct.pack("!ii", 8, 80877103)
ASK_FOR_PASSWORD = b"R" + struct.pack("!ii", 8, 3)


class RefusingPooler:
    """One port.

    Attributes:
        passwords: The passwords that clients have sent.
    """

    def __init__(self, words: str) -> None:
        fields = b"SFATAL\0VFATAL\0C08P01\0M" + words.encode() + b"\0\0"
        self.passwords: list[str] = []
        self._refusal = b"E" + struct.pack("!i", 4 + len(fields)) + fields
        self._listening = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The address, with a password."""
        return f"postgresql://app:s3cret@127.0.0.1:{self._listening.getsockname()[1]}/shop"

    @contextmanager
    def serving(self) -> Iterator[RefusingPooler]:
        """Serves within the block."""
        thread = threading.Thread(target=self._serve)
        thread.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            thread.join()

    def _serve(self) -> None:
        with suppress(OSError):  # the end of the block closes the port
            while True:
                client, _ = self._listening.accept()
                with client:
                    startup = client.recv(1024)
                    if startup == SSL_REQUEST:
                        client.sendall(b"N")
                        client.recv(1024)
                    client.sendall(ASK_FOR_PASSWORD)
                    self.passwords.append(client.recv(1024)[5:-1].decode())
                    client.sendall(self._refusal)
