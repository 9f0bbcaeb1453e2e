"""Requests are kept apart once a shop has shown a rate limit, and only then."""

from __future__ import annotations

import pytest

from magento_sync.magento.http.failures import Busy, InternalError
from magento_sync.magento.pace import LONGEST_SECONDS, Pace

BUSY = Busy("TOO_MANY_REQUESTS")
NOW = 1000.0


@pytest.fixture
def clock() -> list[float]:
    """What the clock shows."""
    return [NOW]


@pytest.fixture
def pace(clock: list[float]) -> Pace:
    return Pace(lambda: clock[0])


def wait_that_helps(pace: Pace, seconds: float) -> None:
    """Notes a request that waited because the shop was busy, and was answered then."""
    pace.note_failure(BUSY)
    pace.note_request()
    pace.note_success(seconds)


def test_requests_follow_each_other_at_once_at_first(pace: Pace) -> None:
    pace.note_request()

    assert pace.seconds_to_wait() == 0


def test_one_wait_that_helped_may_be_chance(pace: Pace) -> None:
    wait_that_helps(pace, 2)

    assert pace.seconds_to_wait() == 0


def test_two_waits_that_helped_are_a_rate_limit(pace: Pace, clock: list[float]) -> None:
    wait_that_helps(pace, 3)
    wait_that_helps(pace, 2)
    assert pace.seconds_to_wait() == 2

    clock[0] += 1.5

    assert pace.seconds_to_wait() == 0.5


def test_a_longer_wait_that_was_needed_keeps_requests_further_apart(pace: Pace) -> None:
    for seconds in (1, 1, 3, 2):
        wait_that_helps(pace, seconds)

    assert pace.seconds_to_wait() == 3


def test_requests_are_never_kept_further_apart_than_a_few_seconds(pace: Pace) -> None:
    wait_that_helps(pace, 60)
    wait_that_helps(pace, 60)

    assert pace.seconds_to_wait() == LONGEST_SECONDS


def test_waits_after_other_failures_show_no_rate_limit(pace: Pace) -> None:
    for _ in range(3):
        pace.note_failure(InternalError("SHOP_ERROR"))
        pace.note_request()
        pace.note_success(2)

    assert pace.seconds_to_wait() == 0


def test_waits_that_did_not_help_show_no_rate_limit(pace: Pace) -> None:
    for _ in range(3):
        pace.note_failure(BUSY)
        pace.note_request()
        pace.give_up()
        pace.note_request()
        pace.note_success(0.1)

    assert pace.seconds_to_wait() == 0
