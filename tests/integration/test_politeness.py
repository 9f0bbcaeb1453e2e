"""What a shop may expect of us, and what we never do whatever it answers."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from local.shop import failures
from local.shop.faults import Slow
from magento_sync.credentials import BearerToken
from magento_sync.errors import ShopNeedsPerson, ShopUnavailable
from magento_sync.magento import client as client_module
from magento_sync.magento import exchange
from magento_sync.magento.address import shop_address
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.guard import check_public
from magento_sync.magento.identity import Identity
from tests.integration.conftest import INTEGRATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.shop import Shop
    from tests.integration.system import System

TOKEN = BearerToken(INTEGRATION.access_token)


def client_of(
    address: str,
    *,
    seconds: float = 60.0,
    waits: list[float] | None = None,
    private: bool = True,
    token: BearerToken = TOKEN,
) -> MagentoClient:
    return MagentoClient(
        shop_address(address, allow_insecure=True),
        Identity(lambda *, fresh=False: token),  # noqa: ARG005
        seconds_left=lambda: seconds,
        allow_private=private,
        sleep=(waits if waits is not None else []).append,
        chance=lambda: 1.0,
    )


@pytest.fixture
def asking(shop: Shop) -> Iterator[Callable[..., MagentoClient]]:
    """Clients of the recorded shop, closed afterwards."""
    made: list[MagentoClient] = []

    def make(*, seconds: float = 60.0, waits: list[float] | None = None) -> MagentoClient:
        made.append(client_of(shop.address, seconds=seconds, waits=waits))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_retry_after_is_obeyed(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.faults.switch_on(failures.TooManyRequests("7"), times=1)
    waits: list[float] = []

    asking(waits=waits).get("/store/storeConfigs")

    assert waits == [7.0]


def test_waits_double(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.faults.switch_on(failures.Maintenance())
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="MAINTENANCE"):
        asking(waits=waits).get("/store/storeConfigs")

    assert waits == [1.0, 2.0]


def test_who_asks_once_asks_once(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.faults.switch_on(failures.Maintenance())
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="MAINTENANCE"):
        asking(waits=waits).get("/store/storeConfigs", attempts=1)

    assert (waits, len(shop.requests)) == ([], 1)


@pytest.mark.parametrize(("asked", "left"), [("3600", 900.0), ("30", 20.0)])
def test_no_wait_is_longer_than_sense_or_time_left(
    shop: Shop, asking: Callable[..., MagentoClient], asked: str, left: float
) -> None:
    shop.faults.switch_on(failures.TooManyRequests(asked))
    waits: list[float] = []

    with pytest.raises(ShopUnavailable) as told:
        asking(waits=waits, seconds=left).get("/store/storeConfigs")

    assert waits == []
    assert told.value.retry_after == float(asked)


def test_retry_after_of_a_failed_run_decides_when_it_is_due(system: System) -> None:
    system.shop.faults.switch_on(failures.TooManyRequests("7200"))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["errorCode"] == "TOO_MANY_REQUESTS"
    run = system.app.run(str(summary["runId"]))
    assert 7190 < (run["retryAt"] - run["finishedAt"]).total_seconds() <= 7200


def test_a_redirect_is_not_followed(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.faults.switch_on(failures.Redirect("https://elsewhere.example"))

    with pytest.raises(ShopNeedsPerson, match="REDIRECTED") as told:
        asking().get("/store/storeConfigs")

    assert told.value.parameters == {"host": "elsewhere.example"}


def test_no_cookie_comes_back(asking: Callable[..., MagentoClient]) -> None:
    client = asking()
    client.get("/store/storeConfigs")

    assert not client._session.cookies  # noqa: SLF001 - every answer of a Magento sets one


def test_an_answer_without_end_is_cut(asking: Callable[..., MagentoClient], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "LARGEST_ANSWER", 1000)

    with pytest.raises(ShopUnavailable, match="ANSWER_TOO_LARGE"):
        asking().get("/orders", {"searchCriteria[pageSize]": 50})


@pytest.mark.parametrize(
    "peer",
    ["127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
     "::1", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "ff02::1"],
)  # fmt: skip
def test_private_addresses_are_refused(peer: str) -> None:
    with pytest.raises(ShopNeedsPerson, match="ADDRESS_NOT_PUBLIC"):
        check_public(peer)


@pytest.mark.parametrize("peer", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses_are_let_through(peer: str) -> None:
    check_public(peer)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[str]]]:
    """A server on this machine that notes every request that reaches it."""
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
    client = client_of(f"{scheme}://{host}:{port}", private=False)

    with pytest.raises(ShopNeedsPerson, match="ADDRESS_NOT_PUBLIC"):
        client.get("/orders")

    client.close()
    assert heard == []


def test_http_needs_a_setting(system: System) -> None:
    system.set(allow_insecure_shops=False)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["errorCode"] == "ADDRESS_INSECURE"
    assert system.shop.requests == []


def test_a_slow_shop_is_given_up_in_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.05)
    client = client_of(shop.address)
    shop.faults.slow = Slow(per_request=0.5)

    with pytest.raises(ShopUnavailable, match="TIMEOUT"):
        client.get("/store/storeConfigs")

    client.close()


def test_one_question_may_be_given_less_time(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.faults.slow = Slow(per_request=0.5)
    client = asking()

    with pytest.raises(ShopUnavailable, match="TIMEOUT"):
        client.get("/store/storeConfigs", longest=0.05)

    assert client.get("/store/storeConfigs")


def test_time_that_is_up_asks_nothing(shop: Shop) -> None:
    client = client_of(shop.address, seconds=0.0)

    with pytest.raises(ShopUnavailable, match="TIME_IS_UP"):
        client.get("/store/storeConfigs")

    client.close()
    assert shop.requests == []
