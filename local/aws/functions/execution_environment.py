"""An execution environment: one process with one copy of a function, which runs one invocation at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from local.aws.functions.invocation import InvocationResult, exited, timed_out
from local.aws.functions.runtime_api import RuntimeApi, RuntimeMessage
from local.processes import spawn

if TYPE_CHECKING:
    import subprocess

    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation
    from local.aws.template.model import Function

INIT_SECONDS = 10.0
"""Seconds that Lambda allows for the start, beside the function's own time-out."""
SETTLE_SECONDS = 1.0
"""Seconds that an environment has to ask for the next event after it has answered."""


class ExecutionEnvironment:
    """A process that starts at once, and is frozen between invocations.

    As on AWS it starts before its invocation is known: `invoke` waits for the start.
    """

    def __init__(self, function: Function, environment: FunctionEnvironment) -> None:
        self._function = function
        self._messages: SimpleQueue[RuntimeMessage] = SimpleQueue()
        self._api = RuntimeApi(self._messages)
        self._reaping = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False
        self._started = False
        try:
            self._process = self._spawn(environment)
        except BaseException:
            self._api.close()
            raise
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{function.name}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can run another invocation."""
        return not self._closed and self._process.returncode is None

    def invoke(self, invocation: Invocation) -> InvocationResult:
        """Runs an invocation, at most for the function's time-out. A crash or a time-out ends the environment."""
        if not self._started:
            message = self._next_message(INIT_SECONDS + self._function.timeout)
            if message is None or message.kind != "ready":
                return self._failed(invocation, message)
            self._started = True
        self._signal(signal.SIGCONT)
        self._api.send(invocation, self._function.arn, self._function.timeout)
        message = self._next_message(self._function.timeout)
        if message is None or message.kind not in {"response", "error"}:
            return self._failed(invocation, message)
        settled = self._next_message(SETTLE_SECONDS)
        if settled is not None and settled.kind == "ready":
            self._signal(signal.SIGSTOP)
        else:
            self.close()
        return InvocationResult(message.payload, failed=message.kind == "error")

    def close(self) -> None:
        """Kills the process and its children. Any thread may call it, more than once."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._signal(signal.SIGKILL)
            self._watcher.join()
            self._api.close()

    def _spawn(self, environment: FunctionEnvironment) -> subprocess.Popen[bytes]:
        log_file = environment.log_file(self._function)
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            return spawn(
                # -S hides this interpreter's site-packages: only the layer and the runtime are there, as on AWS.
                [sys.executable, "-S", "-m", "awslambdaric", self._function.handler],
                environment=environment.variables(self._function, self._api.address),
                output=log,
                folder=self._function.code,
            )

    def _next_message(self, seconds: float) -> RuntimeMessage | None:
        try:
            return self._messages.get(timeout=seconds)
        except Empty:
            return None

    def _failed(self, invocation: Invocation, message: RuntimeMessage | None) -> InvocationResult:
        self.close()
        if message is None:
            return timed_out(invocation, self._function.timeout)
        if message.kind == "init_error":
            return InvocationResult(message.payload, failed=True)
        return exited(invocation, self._process.returncode)

    def _signal(self, number: int) -> None:
        with self._reaping, contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                os.killpg(self._process.pid, number)

    def _watch(self) -> None:
        """Reports the end of the process, and kills its children before its id can be reused."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._reaping:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._messages.put(RuntimeMessage("exit"))
