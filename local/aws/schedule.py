"""EventBridge Scheduler's event.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.aws.template.model import ACCOUNT, REGION

if TYPE_CHECKING:
    from local.aws.template.model import Schedule


def schedule_event(schedule: Schedule) -> bytes:
    """Returns the event as JSON: the template's input, or Scheduler's own, whose `detail` is a string."""
    if schedule.payload is not None:
        return schedule.payload.encode()
    event = {
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
    return json.dumps(event).encode()
