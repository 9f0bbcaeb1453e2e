"""The Lambda service: runs functions at once or later, as many as there is room for."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

from local.aws.functions.event_queue import AWS_RETRY_DELAYS, EventQueue
from local.aws.functions.pool import EnvironmentPool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation, InvocationResult
    from local.aws.template.model import Function

CONCURRENCY = 20
"""Invocations that run at once: each is a process of some 60 MB."""
LOOK_SECONDS = 0.1
"""How often an event that waits for room looks whether the service shuts down."""


class ThrottledError(Exception):
    """As many invocations run as may."""


class LambdaService:
    """All functions of a stack.

    Args:
        functions: What can be invoked.
        surroundings: What the functions find around them.
        deliver: Sends a record to the queue of that ARN (for events that failed for good).
        retry_delays: Seconds before each retry of an asynchronous event.
        concurrency: Invocations that run at once; functions with a reserved number have that for themselves.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        surroundings: FunctionEnvironment,
        *,
        deliver: Callable[[str, dict[str, Any]], None],
        retry_delays: Sequence[float] = AWS_RETRY_DELAYS,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._functions = {function.name: function for function in functions}
        self._pools = {name: EnvironmentPool(each, surroundings) for name, each in self._functions.items()}
        shared = threading.Semaphore(concurrency)
        self._room = {
            name: shared if each.reserved_concurrency is None else threading.Semaphore(each.reserved_concurrency)
            for name, each in self._functions.items()
        }
        self._closing = threading.Event()
        self._events = EventQueue(self._invoke_when_possible, deliver, self._closing, retry_delays)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """The ids of all processes."""
        return [pid for pool in self._pools.values() for pid in pool.pids]

    @property
    def pending_events(self) -> int:
        """How many asynchronous events are not done yet, those that wait for a retry included."""
        return self._events.pending

    def function(self, name: str) -> Function | None:
        """The function of that name on AWS, if there is one."""
        return self._functions.get(name)

    def invoke(self, function: Function, invocation: Invocation) -> InvocationResult:
        """Runs an invocation now and waits for its answer.

        Raises:
            ThrottledError: As many invocations run as may.
        """
        room = self._room[function.name]
        if not room.acquire(blocking=False):
            raise ThrottledError(function.name)
        try:
            return self._pools[function.name].invoke(invocation)
        finally:
            room.release()

    def invoke_later(self, function: Function, invocation: Invocation) -> None:
        """Accepts an event; it is run as soon as there is room, and again if it fails."""
        self._events.accept(function, invocation)

    def recycle(self, name: str | None = None) -> None:
        """Ends the idle environments of one function or of all, so that the next invocation is a cold start."""
        for pool in [self._pools[name]] if name else self._pools.values():
            pool.recycle()

    def close(self) -> None:
        """Ends everything that runs, and forgets what waits."""
        self._closing.set()
        for pool in self._pools.values():
            pool.close()
        self._events.close()

    def _invoke_when_possible(
        self, function: Function, invocation: Invocation, patience: float
    ) -> InvocationResult | None:
        expires = time.monotonic() + patience
        room = self._room[function.name]
        while not room.acquire(timeout=LOOK_SECONDS):
            if self._closing.is_set() or time.monotonic() > expires:
                return None
        try:
            return None if self._closing.is_set() else self._pools[function.name].invoke(invocation)
        finally:
            room.release()
