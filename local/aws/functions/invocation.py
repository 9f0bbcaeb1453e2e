"""One call of a function, and what came of it."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass, field


def new_trace_id() -> str:
    """An X-Ray trace header, not sampled."""
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


@dataclass(frozen=True)
class Invocation:
    """An event on its way to a function.

    Attributes:
        payload: The event, JSON.
        request_id: Kept when an asynchronous event is tried again.
        trace_id: Handed on from the caller where it sent one.
        client_context: JSON that the caller gave beside the event, or empty.
    """

    payload: bytes
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = field(default_factory=new_trace_id)
    client_context: str = ""


@dataclass(frozen=True)
class InvocationResult:
    """What an invocation ended with.

    Attributes:
        payload: The handler's answer, or AWS's description of the error; JSON.
        failed: Whether it is an error (`X-Amz-Function-Error: Unhandled`).
    """

    payload: bytes
    failed: bool = False


def failure(kind: str, message: str) -> InvocationResult:
    """An error that the handler did not raise itself, in the shape that AWS gives it."""
    return InvocationResult(json.dumps({"errorType": kind, "errorMessage": message}).encode(), failed=True)


def timed_out(invocation: Invocation, seconds: float) -> InvocationResult:
    """The function was still busy at its deadline."""
    text = f"RequestId: {invocation.request_id} Error: Task timed out after {seconds:.2f} seconds"
    return failure("Sandbox.Timedout", text)


def exited(invocation: Invocation, return_code: int) -> InvocationResult:
    """The process ended instead of answering; a negative code is a signal's number."""
    if return_code == 0:
        reason = "Runtime exited without providing a reason"
    elif return_code < 0:
        names = {9: "killed", 11: "segmentation fault", 15: "terminated"}
        reason = f"Runtime exited with error: signal: {names.get(-return_code, -return_code)}"
    else:
        reason = f"Runtime exited with error: exit status {return_code}"
    return failure("Runtime.ExitError", f"RequestId: {invocation.request_id} Error: {reason}")
