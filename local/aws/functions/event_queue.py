"""Asynchronous invocation: retries with the same request id, a maximum age, and a queue for what failed for good.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local.aws.functions.invocation import Invocation, InvocationResult
    from local.aws.template.model import Function

AWS_RETRY_DELAYS = (60.0, 120.0)
"""Seconds that Lambda waits before the first and the second retry."""


class EventQueue:
    """Events that were accepted and not yet done. What waits in it when it is closed is gone.

    Args:
        invoke: Runs an event as soon as there is room for it; None if there was none within so many seconds.
        deliver: Sends a record to the queue of that ARN.
        closing: Set when everything ends: what fails or waits from then on is gone.
        retry_delays: Seconds before each retry; the last one counts for all further ones.
    """

    def __init__(
        self,
        invoke: Callable[[Function, Invocation, float], InvocationResult | None],
        deliver: Callable[[str, dict[str, Any]], None],
        closing: threading.Event,
        retry_delays: Sequence[float] = AWS_RETRY_DELAYS,
    ) -> None:
        self._invoke = invoke
        self._deliver = deliver
        self._retry_delays = retry_delays
        self._closing = closing
        self._lock = threading.Lock()
        self._workers: set[threading.Thread] = set()

    @property
    def pending(self) -> int:
        """How many events are not done yet."""
        with self._lock:
            return len(self._workers)

    def accept(self, function: Function, invocation: Invocation) -> None:
        """Takes an event; it is worked on at once."""
        worker = threading.Thread(
            target=self._work, args=(function, invocation), name=f"event-{function.name}", daemon=True
        )
        with self._lock:
            self._workers.add(worker)
        worker.start()

    def close(self) -> None:
        """Waits until nothing is worked on any more. Call it once `closing` is set and the environments are closed."""
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.join()

    def _work(self, function: Function, invocation: Invocation) -> None:
        try:
            self._until_done(function, invocation)
        finally:
            with self._lock:
                self._workers.discard(threading.current_thread())

    def _until_done(self, function: Function, invocation: Invocation) -> None:
        expires = time.monotonic() + function.max_event_age
        answer: InvocationResult | None = None
        attempts = 0
        while True:
            tried = self._invoke(function, invocation, expires - time.monotonic())
            if self._closing.is_set():
                return None
            if tried is None:
                return self._give_up(function, invocation, "EventAgeExceeded", attempts, answer)
            answer = tried
            attempts += 1
            if not answer.failed:
                return None
            if attempts > function.retries:
                return self._give_up(function, invocation, "RetriesExhausted", attempts, answer)
            delay = self._retry_delays[min(attempts, len(self._retry_delays)) - 1]
            if time.monotonic() + delay > expires:
                return self._give_up(function, invocation, "EventAgeExceeded", attempts, answer)
            if self._closing.wait(delay):
                return None

    def _give_up(
        self, function: Function, invocation: Invocation, condition: str, attempts: int, answer: InvocationResult | None
    ) -> None:
        if function.on_failure:
            self._deliver(function.on_failure, _record(function, invocation, condition, attempts, answer))


def _record(
    function: Function, invocation: Invocation, condition: str, attempts: int, answer: InvocationResult | None
) -> dict[str, Any]:
    """What Lambda sends to an on-failure destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": invocation.request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": json.loads(invocation.payload),
    }
    if answer is not None:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        }
        record["responsePayload"] = json.loads(answer.payload)
    return record
