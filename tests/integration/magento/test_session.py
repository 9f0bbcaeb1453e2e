"""One request and its answer are bounded in time and size, whatever is at the other end."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.http import session as shop_session
from magento_sync.magento.http.failures import AnswerTooLarge, Refused, ServerFailed, TimedOut, Unreachable
from magento_sync.magento.http.session import ShopSession
from tests.support.raw_server import Client, raw_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Talk = Callable[[Client], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SECONDS = 0.3


@pytest.fixture
def session() -> Iterator[ShopSession]:
    """A session that may speak to this machine."""
    with ShopSession("shop.example", allow_private=True, contact="") as session:
        yield session


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and a self-signed certificate for `localhost`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """A server's TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def failure(session: ShopSession, talk: Talk, seconds: float = SECONDS) -> ShopError:
    """Returns the failure of one request to a server that talks so."""
    with raw_server(talk) as port:
        return failure_at(session, f"http://127.0.0.1:{port}/", seconds)


def failure_at(session: ShopSession, url: str, seconds: float = SECONDS) -> ShopError:
    """Returns the failure of one request, which must not take longer than it was given."""
    began = time.monotonic()
    with pytest.raises(ShopError) as caught:
        session.exchange("GET", url, seconds)
    assert time.monotonic() - began < seconds + 0.5
    return caught.value


def dripping_headers(client: Client) -> None:
    client.receive()
    client.send(HEAD)
    client.drip(f"X-{number}: x\r\n".encode() for number in range(1000))


def dripping_header_line(client: Client) -> None:
    client.receive()
    client.send(HEAD + b"X-Long: ")
    client.drip(repeat(b"x"))


def dripping_interim_answers(client: Client) -> None:
    client.receive()
    client.drip(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))


def dripping_early_hints(client: Client) -> None:
    client.receive()
    client.drip(repeat(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"))


def dripping_body(client: Client) -> None:
    client.receive()
    client.send(HEAD + b"Content-Length: 100000\r\n\r\n[")
    client.drip(repeat(b" "))


def dripping_chunks(client: Client) -> None:
    client.receive()
    client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    client.drip(repeat(b"1\r\n \r\n"))


def dripping_until_closed(client: Client) -> None:
    client.receive()
    client.send(HEAD + b"Connection: close\r\n\r\n")
    client.drip(repeat(b" "))


def stalling_body(client: Client) -> None:
    client.receive()
    client.send(HEAD + b"Content-Length: 100000\r\n\r\n[")
    client.stall()


def stalling_before_the_answer(client: Client) -> None:
    client.receive()
    client.stall()


SLOW = [
    dripping_headers,
    dripping_header_line,
    dripping_interim_answers,
    dripping_early_hints,
    dripping_body,
    dripping_chunks,
    dripping_until_closed,
    stalling_body,
    stalling_before_the_answer,
]


@pytest.mark.parametrize("talk", SLOW)
def test_an_answer_that_is_not_complete_in_time_is_a_time_out(session: ShopSession, talk: Talk) -> None:
    threads = threading.active_count()

    error = failure(session, talk)

    assert isinstance(error, TimedOut)
    assert (error.code, error.parameters) == ("TIMEOUT", {"host": "shop.example"})
    assert threading.active_count() == threads


def test_a_shop_that_stalls_late_is_given_no_more_time(session: ShopSession) -> None:
    def talk(client: Client) -> None:
        client.receive()
        client.send(HEAD + b"Content-Length: 100000\r\n\r\n[")
        client.drip(iter([b" "]), every=0.8)
        client.send(b" ")
        client.stall()

    assert failure(session, talk, seconds=1.0).code == "TIMEOUT"


@pytest.mark.parametrize("talk", [dripping_headers, dripping_body, stalling_body])
def test_an_answer_over_tls_that_is_not_complete_in_time_is_a_time_out(
    session: ShopSession, tls: ssl.SSLContext, certificate: Path, talk: Talk
) -> None:
    session.verify = str(certificate)
    with raw_server(talk, tls) as port:
        error = failure_at(session, f"https://localhost:{port}/")

    assert error.code == "TIMEOUT"


def test_a_handshake_that_stalls_is_a_time_out(session: ShopSession) -> None:
    with raw_server(Client.stall) as port:
        assert failure_at(session, f"https://127.0.0.1:{port}/").code == "TIMEOUT"


def test_a_slow_answer_in_time_is_read_and_the_connection_is_kept(session: ShopSession) -> None:
    heard = []

    def talk(client: Client) -> None:
        while request := client.receive():
            heard.append(client.connection.getpeername())
            assert b"User-Agent: magento-sync/" in request
            client.send(HEAD + b"Content-Length: 5\r\n\r\n")
            client.drip(iter([b"[", b"1", b",", b"2", b"]"]), every=0.01)

    with raw_server(talk) as port:
        answers = [session.exchange("GET", f"http://127.0.0.1:{port}/", 5) for _ in range(3)]
        session.close()

    assert answers == [[1, 2]] * 3
    assert len(set(heard)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        HEAD + b"Content-Length: 100\r\n\r\n[1,",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1,",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\n[1]\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n[1]",
        HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        HEAD + b"".join(b"X-%d: x\r\n" % number for number in range(200)) + b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_not_http_means_an_unreachable_shop(
    session: ShopSession, answer: bytes
) -> None:
    def talk(client: Client) -> None:
        client.receive()
        client.send(answer)

    assert isinstance(failure(session, talk, 5), Unreachable)


def test_a_port_without_a_server_is_an_unreachable_shop(session: ShopSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert failure_at(session, f"http://127.0.0.1:{port}/").code == "UNREACHABLE"


def packed(wbits: int) -> bytes:
    """Returns a hundred megabytes of white space, compressed a thousandfold."""
    packer = zlib.compressobj(wbits=wbits)
    return b"".join([*(packer.compress(b" " * 1_000_000) for _ in range(100)), packer.flush()])


def in_one_piece() -> bytes:
    body = packed(zlib.MAX_WBITS | 16)
    return b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def in_one_chunk() -> bytes:
    body = packed(zlib.MAX_WBITS)
    return (
        b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    )


@pytest.mark.parametrize("answer", [in_one_piece, in_one_chunk], ids=["gzip", "chunked"])
def test_a_compressed_answer_is_cut_where_it_is_too_large(
    session: ShopSession, monkeypatch: pytest.MonkeyPatch, answer: Callable[[], bytes]
) -> None:
    monkeypatch.setattr(shop_session, "LARGEST_ANSWER", 1_000_000)
    rest = answer()

    def talk(client: Client) -> None:
        client.receive()
        client.send(HEAD + rest)

    tracemalloc.start()
    try:
        error = failure(session, talk, 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(error, AnswerTooLarge)
    assert peak < 5_000_000


def test_the_largest_answer_fits_into_the_function_s_memory(session: ShopSession) -> None:
    densest = b'{"a":{}},'
    body = b"[" + densest * (shop_session.LARGEST_ANSWER // len(densest) - 1) + b"0]"

    def talk(client: Client) -> None:
        client.receive()
        client.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    with raw_server(talk) as port:
        tracemalloc.start()
        try:
            answer = session.exchange("GET", f"http://127.0.0.1:{port}/", 60)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert len(answer) > 900_000
    assert peak < 320 * 1024 * 1024  # of 512 MB, of which the code needs a hundred


def test_an_answer_nested_very_deeply_is_not_json(session: ShopSession) -> None:
    def talk(client: Client) -> None:
        client.receive()
        client.send(HEAD + b"Connection: close\r\n\r\n" + b"[" * 500_000)

    error = failure(session, talk, 5)

    assert (type(error), error.code) == (ServerFailed, "ANSWER_NOT_JSON")


@pytest.mark.parametrize(
    ("location", "code", "host"),
    [
        (b"https://elsewhere.example/rest", "REDIRECTED", "elsewhere.example"),
        (b"//elsewhere.example/", "REDIRECTED", "elsewhere.example"),
        (b"/customer/account/login", "REDIRECTED_WITHIN", "127.0.0.1"),
        (b"http://[", "REDIRECTED", "?"),
        (b"\xff\xfe", "REDIRECTED_WITHIN", "127.0.0.1"),
        (b"", "REDIRECTED_WITHIN", "127.0.0.1"),
        (b"https://" + b"x" * 5000 + b".example", "REDIRECTED", "?"),
    ],
)
def test_a_redirect_is_reported_with_its_host_and_not_followed(
    session: ShopSession, location: bytes, code: str, host: str
) -> None:
    def talk(client: Client) -> None:
        client.receive()
        client.send(b"HTTP/1.1 302 Found\r\nContent-Length: 5\r\nLocation: " + location + b"\r\n\r\nmoved")

    error = failure(session, talk, 5)

    assert isinstance(error, Refused)
    assert (error.code, error.parameters) == (code, {"host": host})


def test_a_redirect_with_an_endless_body_is_cut(session: ShopSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_session, "LARGEST_ANSWER", 1_000_000)

    def talk(client: Client) -> None:
        client.receive()
        client.send(b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n" + b"x" * 2_000_000)
        client.stall()

    assert isinstance(failure(session, talk, 5), AnswerTooLarge)


def test_a_certificate_of_an_unknown_authority_is_refused(session: ShopSession, tls: ssl.SSLContext) -> None:
    with raw_server(Client.stall, tls) as port:
        error = failure_at(session, f"https://localhost:{port}/", 5)

    assert isinstance(error, ShopNeedsPerson)
    assert error.code == "TLS"


def test_a_certificate_for_another_name_is_refused(
    session: ShopSession, tls: ssl.SSLContext, certificate: Path
) -> None:
    session.verify = str(certificate)
    with raw_server(Client.stall, tls) as port:
        assert failure_at(session, f"https://127.0.0.1:{port}/", 5).code == "TLS"


def test_a_server_that_does_not_speak_tls_needs_a_person(session: ShopSession) -> None:
    def talk(client: Client) -> None:
        client.connection.recv(100)
        client.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with raw_server(talk) as port:
        assert failure_at(session, f"https://127.0.0.1:{port}/", 5).code == "TLS"


def test_a_connection_that_breaks_during_the_handshake_is_an_unreachable_shop(session: ShopSession) -> None:
    with raw_server(lambda client: None) as port:  # noqa: ARG005
        error = failure_at(session, f"https://127.0.0.1:{port}/", 5)

    assert isinstance(error, Unreachable)


def test_no_proxy_no_netrc_file_and_no_cookie_changes_a_request(
    session: ShopSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    heard: list[bytes] = []

    def talk(client: Client) -> None:
        heard.append(client.receive())
        client.send(HEAD + b"Set-Cookie: PHPSESSID=1; path=/\r\nContent-Length: 2\r\n\r\n[]")
        heard.append(client.receive())
        client.send(HEAD + b"Content-Length: 2\r\n\r\n[]")

    with raw_server(talk) as port:
        for _ in range(2):
            session.exchange("GET", f"http://127.0.0.1:{port}/", 5)
        session.close()

    assert len(heard) == 2
    for request in heard:
        assert b"Authorization" not in request
        assert b"Cookie" not in request
