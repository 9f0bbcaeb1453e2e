"""An invocation of a function, and its result."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Invocation:
    """One event for a function.

    Attributes:
        payload: The event as JSON.
        request_id: The same for all retries of an asynchronous event.
    """

    payload: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(frozen=True)
class InvocationResult:
    """The result of an invocation.

    Attributes:
        payload: The handler's return value, or AWS's description of the error, as JSON.
        failed: Whether it is an error (`X-Amz-Function-Error: Unhandled`).
    """

    payload: bytes
    failed: bool = False


def failure(kind: str, message: str) -> InvocationResult:
    """Returns an error that the handler did not raise itself, in AWS's form."""
    return InvocationResult(json.dumps({"errorType": kind, "errorMessage": message}).encode(), failed=True)


def timed_out(invocation: Invocation, seconds: float) -> InvocationResult:
    """Returns the error of a function that runs longer than its time-out."""
    text = f"RequestId: {invocation.request_id} Error: Task timed out after {seconds:.2f} seconds"
    return failure("Sandbox.Timedout", text)


def exited(invocation: Invocation, return_code: int) -> InvocationResult:
    """Returns the error of a process that exits before it answers; a negative code is a signal's number."""
    if return_code == 0:
        reason = "Runtime exited without providing a reason"
    elif return_code < 0:
        names = {9: "killed", 11: "segmentation fault", 15: "terminated"}
        reason = f"Runtime exited with error: signal: {names.get(-return_code, -return_code)}"
    else:
        reason = f"Runtime exited with error: exit status {return_code}"
    return failure("Runtime.ExitError", f"RequestId: {invocation.request_id} Error: {reason}")
