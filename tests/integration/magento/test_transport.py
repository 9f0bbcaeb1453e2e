"""Connections go to public addresses only, and interim answers are skipped."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from magento_sync.errors import ShopError, ShopNeedsPerson
from magento_sync.magento.client import Effort
from magento_sync.magento.http import transport
from magento_sync.magento.http.failures import TimedOut
from magento_sync.magento.http.session import ShopSession
from tests.support.expected import expected_outcomes
from tests.support.raw_server import Client, raw_server
from tests.support.shop_client import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.system import System

ONCE = Effort(attempts=1)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that notes the paths of its requests."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(500)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], heard
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_nothing_is_sent_into_a_private_network(listener: tuple[int, list[str]], scheme: str, host: str) -> None:
    """`localhost` stands for every name whose DNS answers with a private address."""
    port, heard = listener
    client = client_of(f"{scheme}://{host}:{port}", "token", allow_private=False)

    with pytest.raises(ShopNeedsPerson, match="ADDRESS_NOT_PUBLIC"):
        client.get("/orders")

    client.close()
    assert heard == []


@pytest.mark.parametrize(
    ("found", "tried", "code"),
    [
        (["127.0.0.1"], [], "ADDRESS_NOT_PUBLIC"),
        (["10.0.0.1", "::1", "169.254.169.254"], [], "ADDRESS_NOT_PUBLIC"),
        (["127.0.0.1", "8.8.8.8", "::1"], ["8.8.8.8"], "UNREACHABLE"),
    ],
)
def test_only_the_public_addresses_of_a_name_are_tried(
    monkeypatch: pytest.MonkeyPatch, found: list[str], tried: list[str], code: str
) -> None:
    """The name is looked up once, and only the checked addresses are used: they cannot change in between."""
    lookups: list[str] = []
    connects: list[str] = []

    def lookup(host: str, port: int, **_: Any) -> list[Any]:  # noqa: ANN401 - as socket's
        lookups.append(host)
        return [(0, 0, 0, "", (address, port)) for address in found]

    def connect(place: tuple[str, int], *_: Any, **__: Any) -> None:  # noqa: ANN401 - as urllib3's
        connects.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(transport, "create_connection", connect)
    client = client_of("https://shop.example", "token", allow_private=False)

    with pytest.raises(ShopError, match=code):
        client.get("/orders", effort=ONCE)

    client.close()
    assert (lookups, connects) == (["shop.example"], tried)


def test_addresses_that_do_not_answer_share_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener whose queue is full accepts nobody; the name has ten such addresses."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address), socket.socket() as second:
            second.setblocking(False)  # noqa: FBT003 - socket's
            second.connect_ex(address)
            found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)] * 10
            real = socket.getaddrinfo
            monkeypatch.setattr(
                socket,
                "getaddrinfo",
                lambda host, *args, **how: found if host == "many.example" else real(host, *args, **how),
            )
            with (
                ShopSession("shop.example", allow_private=True, contact="") as session,
                pytest.raises(TimedOut, match="TIMEOUT"),
            ):
                session.exchange("GET", f"http://many.example:{address[1]}/", 0.3)


@pytest.mark.parametrize(
    "interim",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n",
        b"HTTP/1.1 199 Something\r\nX: y\r\n\r\n",
    ],
    ids=["100", "102", "103", "199"],
)
def test_interim_answers_are_skipped(interim: bytes) -> None:
    def talk(client: Client) -> None:
        while client.receive():
            client.send(interim * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]")

    with raw_server(talk) as port, ShopSession("shop.example", allow_private=True, contact="") as session:
        answers = [session.exchange("GET", f"http://127.0.0.1:{port}/", 5) for _ in range(2)]
        session.close()

    assert answers == [[1, 2]] * 2


def test_a_shop_whose_answers_follow_early_hints_is_read(system: System) -> None:
    system.shop.failures.switch_on(failures.early_hints(103, 100, 102))
    website = system.add_website("mokken.example")

    assert system.sync(website)["status"] == "COMPLETED"

    assert system.app.ledger(website) == expected_outcomes("mokken.example")
