"""What a shop may expect of us, and what we never do whatever it answers."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from local.shop.failures.switches import Slow
from magento_sync.errors import ShopError, ShopNeedsPerson, ShopUnavailable
from magento_sync.magento import client as client_module
from magento_sync.magento.address import shop_address
from magento_sync.magento.auth.credentials import BearerToken
from magento_sync.magento.auth.identity import Identity
from magento_sync.magento.client import MagentoClient
from magento_sync.magento.http import session, transport
from tests.integration.conftest import INTEGRATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.shop import Shop
    from local.shop.failures import Failure
    from tests.support.system import System

TOKEN = BearerToken(INTEGRATION.access_token)


def client_of(  # noqa: PLR0913 - what a client is made of
    address: str,
    *,
    seconds: float = 60.0,
    waits: list[float] | None = None,
    private: bool = True,
    token: BearerToken = TOKEN,
    chance: float = 1.0,
) -> MagentoClient:
    return MagentoClient(
        shop_address(address, allow_insecure=True),
        Identity(lambda *, fresh=False: token),  # noqa: ARG005
        seconds_left=lambda: seconds,
        allow_private=private,
        sleep=(waits if waits is not None else []).append,
        chance=lambda: chance,
    )


@pytest.fixture
def asking(shop: Shop) -> Iterator[Callable[..., MagentoClient]]:
    """Clients of the recorded shop, closed afterwards."""
    made: list[MagentoClient] = []

    def make(*, seconds: float = 60.0, waits: list[float] | None = None, chance: float = 1.0) -> MagentoClient:
        made.append(client_of(shop.address, seconds=seconds, waits=waits, chance=chance))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_retry_after_is_obeyed(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.TooManyRequests("7"), times=1)
    waits: list[float] = []

    asking(waits=waits).get("/store/storeConfigs")

    assert waits == [7.0]


def test_waits_double(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.Maintenance())
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="MAINTENANCE"):
        asking(waits=waits).get("/store/storeConfigs")

    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(("chance", "waited"), [(0.0, [0.5, 1.0]), (0.5, [0.75, 1.5])])
def test_waits_are_spread_over_their_upper_half(
    shop: Shop, asking: Callable[..., MagentoClient], chance: float, waited: list[float]
) -> None:
    """Else all runs that a shop has turned away would come back at the same moment."""
    shop.failures.switch_on(failures.Maintenance(), times=2)
    waits: list[float] = []

    asking(waits=waits, chance=chance).get("/store/storeConfigs")

    assert waits == waited


def test_waits_do_not_double_for_ever(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.Maintenance(), times=7)
    waits: list[float] = []

    asking(waits=waits).get("/store/storeConfigs", attempts=8)

    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0]


def test_a_shop_that_says_when_to_ask_again_is_asked_three_times(
    shop: Shop, asking: Callable[..., MagentoClient]
) -> None:
    """Also by who wants to ask once."""
    shop.failures.switch_on(failures.TooManyRequests("7"))
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="TOO_MANY_REQUESTS"):
        asking(waits=waits).get("/store/storeConfigs", attempts=1)

    assert (waits, len(shop.requests)) == ([7.0, 7.0], 3)


def test_an_early_retry_after_does_not_shorten_our_own_wait(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.TooManyRequests("0"), times=2)
    waits: list[float] = []

    asking(waits=waits).get("/store/storeConfigs")

    assert waits == [1.0, 2.0]


@pytest.mark.parametrize("fault", [failures.InternalError(), failures.FatalError()], ids=["500", "fatal"])
def test_magento_s_own_500_is_not_asked_again(shop: Shop, asking: Callable[..., MagentoClient], fault: Failure) -> None:
    """A damaged order answers so every time."""
    shop.failures.switch_on(fault)
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="SHOP_ERROR"):
        asking(waits=waits).get("/store/storeConfigs")

    assert (waits, len(shop.requests)) == ([], 1)


def test_who_insists_asks_again_after_a_500_and_after_a_time_out(asking: Callable[..., MagentoClient]) -> None:
    failing = iter([ShopUnavailable("SHOP_ERROR"), ShopUnavailable("TIMEOUT")])
    waits: list[float] = []

    def ask() -> str:
        for failure in failing:
            raise failure
        return "answered"

    assert asking(waits=waits).insisted(ask) == "answered"
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("failure", "asked"),
    [
        (ShopUnavailable("SHOP_ERROR"), 3),
        (ShopUnavailable("TIME_IS_UP"), 1),
        (ShopUnavailable("TOO_MANY_REQUESTS"), 1),
        (ShopNeedsPerson("FIREWALL"), 1),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_who_insists_knows_when_that_is_of_no_use(
    asking: Callable[..., MagentoClient], failure: ShopError, asked: int
) -> None:
    times: list[int] = []

    def ask() -> None:
        times.append(1)
        raise failure

    with pytest.raises(ShopError, match=failure.code):
        asking().insisted(ask)

    assert len(times) == asked


def test_who_asks_once_asks_once(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.Maintenance())
    waits: list[float] = []

    with pytest.raises(ShopUnavailable, match="MAINTENANCE"):
        asking(waits=waits).get("/store/storeConfigs", attempts=1)

    assert (waits, len(shop.requests)) == ([], 1)


@pytest.mark.parametrize(
    ("asked", "left"), [("3600", 900.0), ("120", 900.0), ("61", 900.0), ("30", 20.0), ("9" * 400, 900.0)]
)
def test_no_wait_is_longer_than_sense_or_time_left(
    shop: Shop, asking: Callable[..., MagentoClient], asked: str, left: float
) -> None:
    shop.failures.switch_on(failures.TooManyRequests(asked))
    waits: list[float] = []

    with pytest.raises(ShopUnavailable) as told:
        asking(waits=waits, seconds=left).get("/store/storeConfigs")

    assert waits == []
    assert told.value.retry_after == float(asked)


@pytest.fixture
def hurried(shop: Shop) -> Iterator[tuple[MagentoClient, list[float]]]:
    """A client with 16 seconds left, of which waits are taken; and its waits."""
    waits: list[float] = []
    client = MagentoClient(
        shop_address(shop.address, allow_insecure=True),
        Identity(lambda *, fresh=False: TOKEN),  # noqa: ARG005
        seconds_left=lambda: 16.0 - sum(waits),
        allow_private=True,
        sleep=waits.append,
    )
    yield client, waits
    client.close()


def test_a_wait_that_leaves_time_for_an_answer_is_waited(
    shop: Shop, hurried: tuple[MagentoClient, list[float]]
) -> None:
    client, waits = hurried
    shop.failures.switch_on(failures.TooManyRequests("10"), times=1)

    assert client.get("/store/storeConfigs")
    assert waits == [10.0]


def test_a_wait_that_leaves_none_is_left_and_the_shop_s_own_wish_is_told(
    shop: Shop, hurried: tuple[MagentoClient, list[float]]
) -> None:
    client, waits = hurried
    shop.failures.switch_on(failures.TooManyRequests("15"), times=1)

    with pytest.raises(ShopUnavailable, match="TOO_MANY_REQUESTS") as told:
        client.get("/store/storeConfigs")

    assert (told.value.retry_after, waits) == (15.0, [])


@pytest.mark.parametrize(("asked", "seconds"), [("7200", 7200), ("9" * 5000, 24 * 3600)], ids=["two hours", "for ever"])
def test_retry_after_of_a_failed_run_decides_when_it_is_due(system: System, asked: str, seconds: int) -> None:
    system.shop.failures.switch_on(failures.TooManyRequests(asked))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["errorCode"] == "TOO_MANY_REQUESTS"
    run = system.app.run(str(summary["runId"]))
    assert seconds - 10 < (run["retryAt"] - run["finishedAt"]).total_seconds() <= seconds


def test_a_redirect_is_not_followed(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.Redirect("https://elsewhere.example"))

    with pytest.raises(ShopNeedsPerson, match="REDIRECTED") as told:
        asking().get("/store/storeConfigs")

    assert told.value.parameters == {"host": "elsewhere.example"}


def test_no_cookie_comes_back(asking: Callable[..., MagentoClient]) -> None:
    client = asking()
    client.get("/store/storeConfigs")

    assert not client._session.cookies  # noqa: SLF001 - every answer of a Magento sets one


def test_an_answer_without_end_is_cut(asking: Callable[..., MagentoClient], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "LARGEST_ANSWER", 1000)

    with pytest.raises(ShopUnavailable, match="ANSWER_TOO_LARGE"):
        asking().get("/orders", {"searchCriteria[pageSize]": 50})


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


@pytest.mark.parametrize(
    ("found", "tried", "code"),
    [
        (["127.0.0.1"], [], "ADDRESS_NOT_PUBLIC"),
        (["10.0.0.1", "::1", "169.254.169.254"], [], "ADDRESS_NOT_PUBLIC"),
        (["127.0.0.1", "8.8.8.8", "::1"], ["8.8.8.8"], "UNREACHABLE"),
    ],
)
def test_only_public_addresses_of_a_name_are_tried(
    monkeypatch: pytest.MonkeyPatch, found: list[str], tried: list[str], code: str
) -> None:
    """The name is looked up once, and what was looked at is connected to: it cannot change in between."""
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
    client = client_of("https://shop.example", private=False)

    with pytest.raises(ShopError, match=code):
        client.get("/orders", attempts=1)

    client.close()
    assert (lookups, connects) == (["shop.example"], tried)


def test_http_needs_a_setting(system: System) -> None:
    system.set(allow_insecure_shops=False)
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["errorCode"] == "ADDRESS_INSECURE"
    assert system.shop.requests == []


def test_a_slow_shop_is_given_up_in_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.05)
    client = client_of(shop.address)
    shop.failures.slow = Slow(per_request=0.5)

    with pytest.raises(ShopUnavailable, match="TIMEOUT"):
        client.get("/store/storeConfigs")

    client.close()


def test_one_question_may_be_given_less_time(shop: Shop, asking: Callable[..., MagentoClient]) -> None:
    shop.failures.slow = Slow(per_request=0.5)
    client = asking()

    with pytest.raises(ShopUnavailable, match="TIMEOUT"):
        client.get("/store/storeConfigs", longest=0.05)

    assert client.get("/store/storeConfigs")


def test_no_request_goes_on_when_time_is_up(shop: Shop) -> None:
    shop.failures.slow = Slow(per_request=0.5)
    client = client_of(shop.address, seconds=0.05)

    with pytest.raises(ShopUnavailable, match="TIMEOUT"):
        client.get("/store/storeConfigs")

    client.close()


def test_time_that_is_up_asks_nothing(shop: Shop) -> None:
    client = client_of(shop.address, seconds=0.0)

    with pytest.raises(ShopUnavailable, match="TIME_IS_UP"):
        client.get("/store/storeConfigs")

    client.close()
    assert shop.requests == []
