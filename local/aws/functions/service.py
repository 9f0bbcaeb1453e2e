"""The Lambda service: synchronous and asynchronous invocation within the concurrency limit."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from local.aws.functions.event_queue import AWS_RETRY_DELAYS, EventQueue
from local.aws.functions.pool import EnvironmentPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation, InvocationResult
    from local.aws.template.model import Function

CONCURRENCY = 20
"""Concurrent invocations of all functions without reserved concurrency; each is a process of about 60 MB."""
POLL_SECONDS = 0.1
"""How often a waiting event checks whether the service closes."""


class ThrottledError(Exception):
    """The concurrency limit is reached."""


class LambdaService:
    """All functions of a stack; `deliver` and `retry_delays` are those of `EventQueue`."""

    def __init__(
        self,
        functions: Iterable[Function],
        environment: FunctionEnvironment,
        *,
        deliver: Callable[[str, dict[str, Any]], None],
        retry_delays: Sequence[float] = AWS_RETRY_DELAYS,
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._pools = {name: EnvironmentPool(each, environment) for name, each in self._functions.items()}
        shared = threading.Semaphore(CONCURRENCY)
        self._slots = {
            name: shared if each.reserved_concurrency is None else threading.Semaphore(each.reserved_concurrency)
            for name, each in self._functions.items()
        }
        self._closing = threading.Event()
        self._events = EventQueue(self._invoke_when_possible, deliver, self._closing, retry_delays)

    @property
    def pids(self) -> list[int]:
        """The ids of all processes."""
        return [pid for pool in self._pools.values() for pid in pool.pids]

    @property
    def pending_events(self) -> int:
        """How many asynchronous events are not yet processed, those that wait for a retry included."""
        return self._events.pending

    def function(self, name: str) -> Function | None:
        """Returns the function of that name on AWS, if there is one."""
        return self._functions.get(name)

    def invoke(self, function: Function, invocation: Invocation) -> InvocationResult:
        """Runs an invocation and waits for its result.

        Raises:
            ThrottledError: The concurrency limit is reached.
        """
        slots = self._slots[function.name]
        if not slots.acquire(blocking=False):
            raise ThrottledError(function.name)
        try:
            return self._pools[function.name].invoke(invocation)
        finally:
            slots.release()

    def invoke_async(self, function: Function, invocation: Invocation) -> None:
        """Accepts an event, which is run as soon as concurrency allows and retried if it fails."""
        self._events.accept(function, invocation)

    def recycle(self, name: str | None = None) -> None:
        """Ends the idle environments of one function or of all, so that the next invocation is a cold start."""
        for pool in [self._pools[name]] if name else self._pools.values():
            pool.recycle()

    def close(self) -> None:
        """Ends all invocations and discards waiting events."""
        self._closing.set()
        for pool in self._pools.values():
            pool.close()
        self._events.close()

    def _invoke_when_possible(
        self, function: Function, invocation: Invocation, patience: float
    ) -> InvocationResult | None:
        expires = time.monotonic() + patience
        slots = self._slots[function.name]
        while not slots.acquire(timeout=POLL_SECONDS):
            if self._closing.is_set() or time.monotonic() > expires:
                return None
        try:
            return None if self._closing.is_set() else self._pools[function.name].invoke(invocation)
        finally:
            slots.release()
