"""A function's execution environments: as many as run at once, used again when they are idle."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from local.aws.functions.execution_environment import Environment
from local.aws.functions.invocation import failure

if TYPE_CHECKING:
    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation, InvocationResult
    from local.aws.template.model import Function


class EnvironmentPool:
    """All environments of one function."""

    def __init__(self, function: Function, surroundings: FunctionEnvironment) -> None:
        self._function = function
        self._surroundings = surroundings
        self._lock = threading.Lock()
        self._all: set[Environment] = set()
        self._idle: list[Environment] = []
        self._closed = False

    @property
    def pids(self) -> list[int]:
        """The ids of its processes."""
        with self._lock:
            return [environment.pid for environment in self._all]

    def invoke(self, invocation: Invocation) -> InvocationResult:
        """Runs an invocation in the environment that was used last, or in a new one if none is idle."""
        try:
            environment = self._take()
        except OSError as error:
            return failure("Sandbox.Failure", f"The process could not be started: {error.strerror}")
        if environment is None:
            return failure("Sandbox.Failure", "The local Lambda is shut down.")
        try:
            return environment.invoke(invocation)
        finally:
            self._give_back(environment)

    def recycle(self) -> None:
        """Ends the idle environments: the next invocation is a cold start with the code as it is then."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._all.difference_update(idle)
        for environment in idle:
            environment.close()

    def close(self) -> None:
        """Ends all environments, busy ones too; their invocations fail, and there will be no new ones."""
        with self._lock:
            self._closed = True
            everything, self._all, self._idle = self._all, set(), []
        for environment in everything:
            environment.close()

    def _take(self) -> Environment | None:
        with self._lock:
            if self._closed:
                return None
            while self._idle:
                environment = self._idle.pop()
                if environment.usable:
                    return environment
                self._all.discard(environment)
                environment.close()
            environment = Environment(self._function, self._surroundings)
            self._all.add(environment)
            return environment

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            if environment.usable and not self._closed:
                self._idle.append(environment)
                return
            self._all.discard(environment)
        environment.close()
