"""Asynchronous invocation: retries with the same request id, a maximum age, and a queue for failed events.

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
    """The events that are accepted and not yet processed. Closing it discards them.

    Args:
        invoke: Runs an event as soon as concurrency allows; returns None if that takes more than so many seconds.
        deliver: Sends a record to the queue of that ARN.
        closing: Set when the service closes: from then on no event is retried or recorded.
        retry_delays: Seconds before each retry; the last value applies to all further retries.
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
        """How many events are not yet processed."""
        with self._lock:
            return len(self._workers)

    def accept(self, function: Function, invocation: Invocation) -> None:
        """Processes an event in a thread of its own."""
        worker = threading.Thread(
            target=self._work, args=(function, invocation), name=f"event-{function.name}", daemon=True
        )
        with self._lock:
            self._workers.add(worker)
        worker.start()

    def close(self) -> None:
        """Waits for the threads. Call it after `closing` is set and the environments are closed."""
        with self._lock:
            workers = list(self._workers)
        for worker in workers:
            worker.join()

    def _work(self, function: Function, invocation: Invocation) -> None:
        try:
            self._process(function, invocation)
        finally:
            with self._lock:
                self._workers.discard(threading.current_thread())

    def _process(self, function: Function, invocation: Invocation) -> None:
        expires = time.monotonic() + function.max_event_age
        last: InvocationResult | None = None
        attempts = 0
        while True:
            result = self._invoke(function, invocation, expires - time.monotonic())
            if self._closing.is_set():
                return
            if result is None:
                self._fail(function, _record(function, invocation, "EventAgeExceeded", attempts, last))
                return
            last = result
            attempts += 1
            if not last.failed:
                return
            delay = self._retry_delays[min(attempts, len(self._retry_delays)) - 1]
            exhausted = attempts > function.retries
            if exhausted or time.monotonic() + delay > expires:
                condition = "RetriesExhausted" if exhausted else "EventAgeExceeded"
                self._fail(function, _record(function, invocation, condition, attempts, last))
                return
            if self._closing.wait(delay):
                return

    def _fail(self, function: Function, record: dict[str, Any]) -> None:
        if function.on_failure:
            self._deliver(function.on_failure, record)


def _record(
    function: Function, invocation: Invocation, condition: str, attempts: int, last: InvocationResult | None
) -> dict[str, Any]:
    """Returns the record that Lambda sends to an on-failure destination.

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
    if last is not None:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        }
        record["responsePayload"] = json.loads(last.payload)
    return record
