"""The schedule: by hand and in its rhythm."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.schedule import Scheduler, period_of
from local.aws.template.model import Function, Schedule, Template
from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.aws.functions.invocation import Invocation
    from local.stack import Stack

    Eventually = Callable[[Callable[[], Any]], Any]


class FakeService:
    """Takes events and keeps them."""

    def __init__(self, path: Path) -> None:
        self.known = Function("F", "f", path, "app.handler")
        self.events: list[Any] = []

    def function(self, name: str) -> Function | None:
        return self.known if name == "f" else None

    def invoke_later(self, _: Function, invocation: Invocation) -> None:
        self.events.append(json.loads(invocation.payload))


def scheduler(service: FakeService, *schedules: Schedule) -> Scheduler:
    return Scheduler(Template({}, schedules=schedules), service)  # type: ignore[arg-type] # as much of it as is used


def test_event_is_what_scheduler_sends(tmp_path: Path) -> None:
    service = FakeService(tmp_path)

    scheduler(service, Schedule("FEvery", "every", "f", "rate(1 minute)")).fire()

    event = service.events[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.pop("time"))
    assert len(event.pop("id")) == 36
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/every"],
        "detail": "{}",
    }


def test_schedules_are_fired_by_name_and_with_their_own_input(tmp_path: Path) -> None:
    service = FakeService(tmp_path)
    one = Schedule("FOne", "one", "f", "rate(1 minute)", payload='{"n": 1}')
    two = Schedule("FTwo", "two", "f", "rate(1 minute)", payload='{"n": 2}')
    both = scheduler(service, one, two)

    both.fire("two")
    both.fire("FOne")

    assert service.events == [{"n": 2}, {"n": 1}]
    for name in (None, "f", "three"):
        with pytest.raises(LocalStackError, match="Name one of the template's schedules: one, two"):
            both.fire(name)


def test_fired_schedule_reaches_its_function(small_stack: Stack, eventually: Eventually) -> None:
    request_id = small_stack.fire_schedule("magento-sync-often")

    eventually(lambda: request_id in small_stack.logs("EchoFunction"))
    eventually(lambda: small_stack.service.pending_events == 0)


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(15 minutes)", 900), ("rate(1 hour)", 3600), ("rate(2 days)", 172800)]
)
def test_rates_are_understood(expression: str, seconds: int) -> None:
    assert period_of(expression) == seconds


def test_other_expressions_are_refused() -> None:
    with pytest.raises(LocalStackError, match="rate"):
        period_of("cron(0 12 * * ? *)")


def test_followed_schedule_fires_again_and_again_unless_disabled(
    tmp_path: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.aws.schedule.period_of", lambda _: 0.01)
    service = FakeService(tmp_path)
    on = Schedule("FOn", "on", "f", "rate(1 minute)", payload='"on"')
    off = Schedule("FOff", "off", "f", "rate(1 minute)", enabled=False, payload='"off"')
    following = scheduler(service, on, off)

    following.follow()
    eventually(lambda: len(service.events) >= 3)
    following.close()

    fired = len(service.events)
    assert set(service.events) == {"on"}
    assert len(service.events) == fired
