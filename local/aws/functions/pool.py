"""The execution environments of a function, reused when they are idle."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from local.aws.functions.execution_environment import ExecutionEnvironment
from local.aws.functions.invocation import failure

if TYPE_CHECKING:
    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation, InvocationResult
    from local.aws.template.model import Function


class EnvironmentPool:
    """All environments of one function. Any thread may use it."""

    def __init__(self, function: Function, environment: FunctionEnvironment) -> None:
        self._function = function
        self._environment = environment
        self._lock = threading.Lock()
        self._all: set[ExecutionEnvironment] = set()
        self._idle: list[ExecutionEnvironment] = []
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The ids of their processes."""
        with self._lock:
            return [environment.pid for environment in self._all]

    def invoke(self, invocation: Invocation) -> InvocationResult:
        """Runs an invocation in the environment that was idle last, or in a new one."""
        try:
            environment = self._acquire()
        except OSError as error:
            return failure("Sandbox.Failure", f"The process could not be started: {error.strerror}")
        if environment is None:
            return failure("Sandbox.Failure", "The local Lambda is closed.")
        try:
            return environment.invoke(invocation)
        finally:
            self._release(environment)

    def recycle(self) -> None:
        """Ends the idle environments: the next invocation is a cold start."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
        for environment in idle:
            environment.close()

    def close(self) -> None:
        """Ends all environments; invocations fail from now on."""
        with self._lock:
            self._closed = True
            environments, self._all, self._idle = self._all, set(), []
        for environment in environments:
            environment.close()

    def _acquire(self) -> ExecutionEnvironment | None:
        with self._lock:
            if self._closed:
                return None
            while self._idle:
                environment = self._idle.pop()
                if environment.usable:
                    return environment
                self._all.discard(environment)
                environment.close()
            environment = ExecutionEnvironment(self._function, self._environment)
            self._all.add(environment)
            return environment

    def _release(self, environment: ExecutionEnvironment) -> None:
        with self._lock:
            if environment.usable and not self._closed:
                self._idle.append(environment)
                return
            self._all.discard(environment)
        environment.close()
