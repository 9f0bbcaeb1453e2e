"""How much time a deadline leaves."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from magento_sync.deadline import Deadline

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def test_the_time_left_shrinks_as_the_clock_goes_on() -> None:
    now = [100.0]
    deadline = Deadline.after(30.0, lambda: now[0])

    now[0] = 112.0

    assert deadline.seconds_left() == 18.0


def test_the_time_left_is_negative_once_the_deadline_has_passed() -> None:
    now = [100.0]
    deadline = Deadline.after(30.0, lambda: now[0])

    now[0] = 131.0

    assert deadline.seconds_left() == -1.0


def test_an_earlier_deadline_keeps_a_reserve() -> None:
    deadline = Deadline.after(30.0, lambda: 100.0)

    assert deadline.earlier(20.0).seconds_left() == 10.0
    assert deadline.seconds_left() == 30.0


def test_a_deadline_follows_the_time_that_lambda_leaves() -> None:
    context = cast("LambdaContext", SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000))

    assert 59.0 < Deadline.of(context).seconds_left() <= 60.0
