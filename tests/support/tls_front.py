"""A TLS endpoint before PostgreSQL, because the tests' own server is built without OpenSSL."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSL_REQUEST_BYTES = 8


@dataclass(frozen=True)
class Certificates:
    """A private certificate authority, and a server's certificate that it has signed.

    Attributes:
        authority: The authority's certificate, as a PEM file.
        server: The server's certificate and key, as a PEM file.
    """

    authority: Path
    server: Path

    @classmethod
    def made(cls, folder: Path, host: str = "localhost") -> Certificates:
        """Creates both in a folder, for a server of that host name."""
        authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        name = f"Authority of {folder.name}"
        authority = _certificate(name, authority_key, name, authority_key)
        server = _certificate(host, server_key, name, authority_key)
        key = server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        made = cls(folder / "authority.pem", folder / "server.pem")
        made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
        made.server.write_bytes(server.public_bytes(serialization.Encoding.PEM) + key)
        return made


class TlsFront:
    """One port; it answers an SSLRequest, decrypts, and forwards to the server.

    Attributes:
        connections: How many clients have connected.
    """

    def __init__(self, url: str, certificates: Certificates) -> None:
        self.connections = 0
        self._target = conninfo_to_dict(url)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates.server)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """The database's address through this endpoint."""
        port = self._listening.getsockname()[1]
        return f"postgresql://{self._target['user']}@localhost:{port}/{self._target['dbname']}"

    @contextmanager
    def serving(self) -> Iterator[TlsFront]:
        """Serves within the block."""
        accepting = threading.Thread(target=self._accept)
        accepting.start()
        try:
            yield self
        finally:
            self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            for thread in (accepting, *self._threads):
                thread.join()

    def _accept(self) -> None:
        with suppress(OSError):  # the end of the block closes the port
            while True:
                client, _ = self._listening.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=[client])
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        address = str(self._target["host"]), int(str(self._target["port"]))
        with client, suppress(OSError):
            client.recv(SSL_REQUEST_BYTES)
            client.sendall(b"S")
            with (
                self._context.wrap_socket(client, server_side=True) as tls,
                socket.create_connection(address) as server,
            ):
                _forward(tls, server)


def _forward(tls: ssl.SSLSocket, server: socket.socket) -> None:
    while True:
        readable = [tls] if tls.pending() else select.select([tls, server], [], [])[0]
        for end, other in ((tls, server), (server, tls)):
            if end in readable:
                data = end.recv(65536)
                if not data:
                    return
                other.sendall(data)


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
