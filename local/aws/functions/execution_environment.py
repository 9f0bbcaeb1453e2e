"""An execution environment: one process with one copy of a function, which does one invocation at a time."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from local.aws.functions.invocation import InvocationResult, exited, timed_out
from local.aws.functions.runtime_api import Report, RuntimeApi
from local.processes import spawn

if TYPE_CHECKING:
    import subprocess

    from local.aws.functions.function_environment import FunctionEnvironment
    from local.aws.functions.invocation import Invocation
    from local.aws.template.model import Function

INIT_SECONDS = 10.0
"""What Lambda allows for the start, apart from the function's own time."""
SETTLE_SECONDS = 1.0
"""How long an environment that has answered may take to ask for the next event."""


class Environment:
    """Starts with its making; frozen whenever it has nothing to do.

    It begins before the invocation that it is for is known, as on AWS: `invoke()` waits for it.
    """

    def __init__(self, function: Function, surroundings: FunctionEnvironment) -> None:
        self._function = function
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._api = RuntimeApi(self._reports)
        self._reaping = threading.Lock()
        self._closing = threading.Lock()
        self._closed = False
        self._begun = False
        try:
            self._process = self._spawn(surroundings)
        except BaseException:
            self._api.close()
            raise
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{function.name}", daemon=True)
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can take another event."""
        return not self._closed and self._process.returncode is None

    def invoke(self, invocation: Invocation) -> InvocationResult:
        """Gives it an event and waits for the answer, at most for the function's time; whatever else happens ends it."""
        if not self._begun:
            began = self._next_report(INIT_SECONDS + self._function.timeout)
            if began is None or began.kind != "ready":
                return self._ended(invocation, began)
            self._begun = True
        self._signal(signal.SIGCONT)
        self._api.hand_over(invocation, self._function.arn, self._function.timeout)
        report = self._next_report(self._function.timeout)
        if report is None or report.kind not in {"answer", "error"}:
            return self._ended(invocation, report)
        settled = self._next_report(SETTLE_SECONDS)
        if settled is not None and settled.kind == "ready":
            self._signal(signal.SIGSTOP)
        else:
            self.close()
        return InvocationResult(report.payload, failed=report.kind == "error")

    def close(self) -> None:
        """Kills the process and whatever it started; may be called twice, and from any thread."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._signal(signal.SIGKILL)
            self._watcher.join()
            self._api.close()

    def _spawn(self, surroundings: FunctionEnvironment) -> subprocess.Popen[bytes]:
        log_file = surroundings.log_file(self._function)
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("ab") as log:
            return spawn(
                # Without site-packages (-S) of this interpreter: what neither layer nor runtime has is missing, as on AWS.
                [sys.executable, "-S", "-m", "awslambdaric", self._function.handler],
                environment=surroundings.variables(self._function, self._api.address),
                output=log,
                folder=self._function.code,
            )

    def _next_report(self, seconds: float) -> Report | None:
        try:
            return self._reports.get(timeout=seconds)
        except Empty:
            return None

    def _ended(self, invocation: Invocation, report: Report | None) -> InvocationResult:
        self.close()
        if report is None:
            return timed_out(invocation, self._function.timeout)
        if report.kind == "init_error":
            return InvocationResult(report.payload, failed=True)
        return exited(invocation, self._process.returncode)

    def _signal(self, number: int) -> None:
        with self._reaping, contextlib.suppress(ProcessLookupError):
            if self._process.returncode is None:
                os.killpg(self._process.pid, number)

    def _watch(self) -> None:
        """Reports the process's end, and ends what it started: its id is not given away before it is reaped."""
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        with self._reaping:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reports.put(Report("exit"))
