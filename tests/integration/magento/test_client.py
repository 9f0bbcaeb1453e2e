"""How often one request is sent, and how long it waits in between."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from local.shop import Latency, failures
from local.shop.limits import RateLimit
from magento_sync.errors import ShopError, ShopUnavailable
from magento_sync.magento import client as client_module
from magento_sync.magento.client import Effort
from magento_sync.magento.http.failures import (
    Busy,
    InternalError,
    LongPause,
    Refused,
    ServerFailed,
    TimedOut,
    TimeIsUp,
)
from tests.integration.conftest import INTEGRATION
from tests.support.shop_client import client_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.shop import Shop
    from local.shop.failures import Failure
    from magento_sync.magento.client import MagentoClient
    from tests.support.system import System

PATH = "/store/storeConfigs"
ONCE = Effort(attempts=1)
WITHOUT_PAUSES = Effort(attempts=1, pauses=False)


@pytest.fixture
def client_with(shop: Shop) -> Iterator[Callable[..., MagentoClient]]:
    """Makes clients of the recorded shop, closed afterwards."""
    made: list[MagentoClient] = []

    def make(**options: object) -> MagentoClient:
        made.append(client_of(shop.address, INTEGRATION.access_token, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_retry_after_is_obeyed(shop: Shop, client_with: Callable[..., MagentoClient]) -> None:
    shop.failures.switch_on(failures.error_page(429, "7"), times=1)
    waits: list[float] = []

    client_with(waits=waits).get(PATH)

    assert waits == [7.0]


def test_a_busy_shop_is_asked_three_times_after_waits_that_double(
    shop: Shop, client_with: Callable[..., MagentoClient]
) -> None:
    shop.failures.switch_on(failures.maintenance())
    waits: list[float] = []

    with pytest.raises(Busy, match="MAINTENANCE"):
        client_with(waits=waits).get(PATH)

    assert (waits, len(shop.requests)) == ([2.0, 4.0], 3)


@pytest.mark.parametrize("failure", [failures.plain_error(502), failures.challenge(), failures.reset()])
def test_a_server_that_fails_is_asked_three_times_after_waits_that_double(
    shop: Shop, client_with: Callable[..., MagentoClient], failure: Failure
) -> None:
    shop.failures.switch_on(failure)
    waits: list[float] = []

    with pytest.raises(ServerFailed):
        client_with(waits=waits).get(PATH)

    assert (waits, len(shop.requests)) == ([1.0, 2.0], 3)


@pytest.mark.parametrize(("chance", "waited"), [(0.0, [1.0, 2.0]), (0.5, [1.5, 3.0])])
def test_waits_are_spread_over_their_upper_half(
    shop: Shop, client_with: Callable[..., MagentoClient], chance: float, waited: list[float]
) -> None:
    """Otherwise all runs that a shop has refused would come back at the same moment."""
    shop.failures.switch_on(failures.maintenance(), times=2)
    waits: list[float] = []

    client_with(waits=waits, chance=chance).get(PATH)

    assert waits == waited


@pytest.mark.parametrize("failure", [failures.error_page(429, "7"), failures.maintenance("7")])
def test_a_busy_shop_is_waited_for_even_by_a_request_that_is_sent_once(
    shop: Shop, client_with: Callable[..., MagentoClient], failure: Failure
) -> None:
    shop.failures.switch_on(failure)
    waits: list[float] = []

    with pytest.raises(Busy):
        client_with(waits=waits).get(PATH, effort=ONCE)

    assert (waits, len(shop.requests)) == ([7.0, 7.0], 3)


@pytest.mark.parametrize("failure", [failures.error_page(429, "7"), failures.maintenance(), failures.plain_error(502)])
def test_a_request_without_pauses_is_sent_once(
    shop: Shop, client_with: Callable[..., MagentoClient], failure: Failure
) -> None:
    shop.failures.switch_on(failure)
    waits: list[float] = []

    with pytest.raises(ShopUnavailable):
        client_with(waits=waits).get(PATH, effort=WITHOUT_PAUSES)

    assert (waits, len(shop.requests)) == ([], 1)


@pytest.mark.parametrize("text", ["0", failures.http_date(0)], ids=["zero", "a date in the past"])
def test_an_early_retry_after_does_not_shorten_our_own_wait(
    shop: Shop, client_with: Callable[..., MagentoClient], text: str
) -> None:
    shop.failures.switch_on(failures.error_page(429, text), times=2)
    waits: list[float] = []

    client_with(waits=waits).get(PATH)

    assert waits == [2.0, 4.0]


@pytest.mark.parametrize("failure", [failures.internal_error(), failures.fatal_error()], ids=["500", "fatal"])
def test_magento_s_own_500_is_not_asked_again(
    shop: Shop, client_with: Callable[..., MagentoClient], failure: Failure
) -> None:
    """A damaged order answers so every time."""
    shop.failures.switch_on(failure)
    waits: list[float] = []

    with pytest.raises(InternalError, match="SHOP_ERROR"):
        client_with(waits=waits).get(PATH)

    assert (waits, len(shop.requests)) == ([], 1)


def test_a_question_of_importance_is_asked_again_after_any_failure_of_the_server(
    client_with: Callable[..., MagentoClient],
) -> None:
    failing = iter([InternalError("SHOP_ERROR"), TimedOut("TIMEOUT")])
    waits: list[float] = []

    def ask() -> str:
        for failure in failing:
            raise failure
        return "answered"

    assert client_with(waits=waits).repeat(ask) == "answered"
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize(
    ("failure", "attempts"),
    [
        (InternalError("SHOP_ERROR"), 3),
        (TimeIsUp(), 1),
        (Busy("TOO_MANY_REQUESTS"), 1),
        (LongPause("MAINTENANCE", retry_after=600.0), 1),
        (Refused("FIREWALL"), 1),
    ],
    ids=lambda value: getattr(value, "code", value),
)
def test_a_question_of_importance_is_not_asked_again_where_that_is_useless(
    client_with: Callable[..., MagentoClient], failure: ShopError, attempts: int
) -> None:
    sent: list[int] = []

    def ask() -> None:
        sent.append(1)
        raise failure

    with pytest.raises(ShopError, match=failure.code):
        client_with().repeat(ask)

    assert len(sent) == attempts


@pytest.mark.parametrize("text", ["3600", "120", "61", "9" * 400])
@pytest.mark.parametrize("effort", [Effort(), ONCE, WITHOUT_PAUSES], ids=["full", "once", "without pauses"])
def test_a_pause_of_more_than_a_minute_is_left_to_another_run(
    shop: Shop, client_with: Callable[..., MagentoClient], text: str, effort: Effort
) -> None:
    shop.failures.switch_on(failures.error_page(429, text))
    waits: list[float] = []

    with pytest.raises(LongPause, match="TOO_MANY_REQUESTS") as caught:
        client_with(waits=waits, seconds=900.0).get(PATH, effort=effort)

    assert (waits, len(shop.requests)) == ([], 1)
    assert caught.value.retry_after == float(text)


def test_a_wait_that_leaves_time_for_an_answer_is_made(shop: Shop, client_with: Callable[..., MagentoClient]) -> None:
    waits: list[float] = []
    shop.failures.switch_on(failures.error_page(429, "10"), times=1)

    assert client_with(waits=waits, seconds=16.0).get(PATH)
    assert waits == [10.0]


@pytest.mark.parametrize(("text", "seconds"), [("15", 16.0), ("30", 20.0)])
def test_a_wait_past_the_deadline_is_not_made_and_the_shop_s_wish_is_reported(
    shop: Shop, client_with: Callable[..., MagentoClient], text: str, seconds: float
) -> None:
    waits: list[float] = []
    shop.failures.switch_on(failures.error_page(429, text), times=1)

    with pytest.raises(Busy, match="TOO_MANY_REQUESTS") as caught:
        client_with(waits=waits, seconds=seconds).get(PATH)

    assert (caught.value.retry_after, waits) == (float(text), [])


@pytest.mark.parametrize(("text", "seconds"), [("7200", 7200), ("9" * 5000, 24 * 3600)], ids=["two hours", "for ever"])
def test_retry_after_decides_when_a_failed_run_is_due_again(system: System, text: str, seconds: int) -> None:
    system.shop.failures.switch_on(failures.error_page(429, text))
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    assert summary["errorCode"] == "TOO_MANY_REQUESTS"
    run = system.app.run(str(summary["runId"]))
    assert (run["retryAt"] - run["finishedAt"]).total_seconds() == pytest.approx(seconds, abs=10)


def test_requests_keep_the_distance_that_a_rate_limit_needs(
    shop: Shop, client_with: Callable[..., MagentoClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two waits that helped show a rate limit."""
    monkeypatch.setattr(client_module, "FIRST_PAUSE_SECONDS", 0.1)
    shop.failures.switch_on(RateLimit(12, 0, 429))
    client = client_with(sleep=time.sleep)

    for _ in range(10):
        client.get(PATH)

    assert [request.status for request in shop.requests].count(429) == 2
    assert shop.requests[-1].started - shop.requests[0].started < 10 * 0.2


def test_a_slow_answer_is_given_up_in_time(
    shop: Shop, client_with: Callable[..., MagentoClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.05)
    shop.configure(latency=Latency(per_request=0.5))

    with pytest.raises(TimedOut, match="TIMEOUT"):
        client_with().get(PATH)


def test_a_request_may_be_given_less_time(shop: Shop, client_with: Callable[..., MagentoClient]) -> None:
    shop.configure(latency=Latency(per_request=0.5))
    client = client_with()

    with pytest.raises(TimedOut, match="TIMEOUT"):
        client.get(PATH, effort=Effort(seconds=0.05))

    assert client.get(PATH)


def test_no_request_lasts_past_the_deadline(shop: Shop, client_with: Callable[..., MagentoClient]) -> None:
    shop.configure(latency=Latency(per_request=0.5))

    with pytest.raises(TimedOut, match="TIMEOUT"):
        client_with(seconds=0.05).get(PATH)


def test_no_request_is_sent_after_the_deadline(shop: Shop, client_with: Callable[..., MagentoClient]) -> None:
    with pytest.raises(TimeIsUp):
        client_with(seconds=0.0).get(PATH)

    assert shop.requests == []
