"""EventBridge Scheduler: sends a schedule's event to its function, when told to or in its rhythm.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import json
import re
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.aws.functions.invocation import Invocation
from local.aws.template.model import ACCOUNT, REGION
from local.errors import LocalStackError

if TYPE_CHECKING:
    from local.aws.functions.service import LambdaService
    from local.aws.template.model import Schedule, Template

_RATE = re.compile(r"rate\((?P<value>\d+) (?P<unit>minute|hour|day)s?\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class Scheduler:
    """The schedules of a template; none fires by itself before `follow()`."""

    def __init__(self, template: Template, service: LambdaService) -> None:
        self._schedules = template.schedules
        self._service = service
        self._closing = threading.Event()
        self._followers: list[threading.Thread] = []

    def fire(self, name: str | None = None) -> str:
        """Sends a schedule's event now, enabled or not.

        Args:
            name: Its name, its logical id or its function's name; not needed where there is only one.

        Returns:
            The request id of the invocation.

        Raises:
            LocalStackError: There is no such schedule, or several could be meant.
        """
        found = [each for each in self._schedules if name in {None, each.name, each.logical_id, each.function}]
        if len(found) != 1:
            known = ", ".join(schedule.name for schedule in self._schedules)
            raise LocalStackError(f"Name one of the template's schedules: {known or 'there is none'}.")
        return self._send(found[0])

    def follow(self) -> None:
        """Fires every enabled schedule in its rhythm, the first time after one period, until `close()`.

        Raises:
            LocalStackError: A schedule is not a rate.
        """
        for schedule in self._schedules:
            if schedule.enabled:
                period = period_of(schedule.expression)
                follower = threading.Thread(
                    target=self._repeat, args=(schedule, period), name=schedule.name, daemon=True
                )
                self._followers.append(follower)
                follower.start()

    def close(self) -> None:
        """Stops following."""
        self._closing.set()
        for follower in self._followers:
            follower.join()

    def _repeat(self, schedule: Schedule, period: float) -> None:
        while not self._closing.wait(period):
            self._send(schedule)

    def _send(self, schedule: Schedule) -> str:
        function = self._service.function(schedule.function)
        if function is None:
            raise LocalStackError(f"The schedule {schedule.name} names a function that the template does not have.")
        payload = schedule.payload or json.dumps(_scheduled_event(schedule))
        invocation = Invocation(payload.encode())
        self._service.invoke_later(function, invocation)
        return invocation.request_id


def period_of(expression: str) -> float:
    """The seconds of a rate expression.

    Raises:
        LocalStackError: It is another kind of expression.
    """
    rate = _RATE.fullmatch(expression)
    if rate is None:
        raise LocalStackError(f"The local schedule follows rate(…) expressions only, not {expression}.")
    return int(rate["value"]) * _SECONDS[rate["unit"]]


def _scheduled_event(schedule: Schedule) -> dict[str, object]:
    """What Scheduler sends where the template gives no input; `detail` is a string, unlike in EventBridge rules."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{schedule.name}"],
        "detail": "{}",
    }
