"""The schedule's event."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.aws.schedule import schedule_event
from local.aws.template.model import Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

    Eventually = Callable[[Callable[[], Any]], Any]


def test_the_event_has_scheduler_s_form() -> None:
    event = json.loads(schedule_event(Schedule("every", "f", "rate(1 minute)")))

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


def test_the_template_s_input_is_the_event() -> None:
    assert schedule_event(Schedule("every", "f", "rate(1 minute)", '{"n": 1}')) == b'{"n": 1}'


def test_a_fired_schedule_invokes_its_function(small_stack: Stack, eventually: Eventually) -> None:
    request_id = small_stack.fire_schedule("magento-sync-often")

    eventually(lambda: request_id in small_stack.logs("EchoFunction"))
    eventually(lambda: small_stack.service.pending_events == 0)
