"""Lambda's Runtime API for one execution environment: hands it events, and reports what it does.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from werkzeug.wrappers import Request, Response

from local.aws.server import LocalServer

if TYPE_CHECKING:
    from local.aws.functions.invocation import Invocation

PREFIX = "/2018-06-01/runtime/"
MAX_ANSWER = 6 * 1024 * 1024 + 100
"""Bytes that an answer may have: Lambda's 6 MB, and its 100 bytes of grace."""


@dataclass(frozen=True)
class Report:
    """What an environment did: asked for an event, answered, failed, could not begin, or ended."""

    kind: Literal["ready", "answer", "error", "init_error", "exit"]
    payload: bytes = b""


@dataclass(frozen=True)
class _Task:
    invocation: Invocation
    function_arn: str
    deadline_ms: int


class RuntimeApi:
    """The Runtime API of one environment, on a port of its own because the runtime's client knows only host and port.

    Args:
        reports: Where every report goes.
    """

    def __init__(self, reports: SimpleQueue[Report]) -> None:
        self._reports = reports
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._current: str | None = None
        self._server = LocalServer(Request.application(self._answer), "runtime-api")

    @property
    def address(self) -> str:
        """Host and port, for AWS_LAMBDA_RUNTIME_API."""
        return self._server.address

    def hand_over(self, invocation: Invocation, function_arn: str, timeout: float) -> None:
        """Gives the environment its next event, to be answered within `timeout` seconds from now."""
        self._tasks.put(_Task(invocation, function_arn, int((time.time() + timeout) * 1000)))

    def close(self) -> None:
        """Ends the server and whatever waits in it."""
        self._tasks.put(None)
        self._server.close()

    def _answer(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                return self._next()
            case "POST", ["invocation", request_id, "response"]:
                return self._take_answer(request_id, request.get_data())
            case "POST", ["invocation", request_id, "error"]:
                return self._take(request_id, Report("error", _utf8(request.get_data())))
            case "POST", ["init", "error"]:
                self._reports.put(Report("init_error", _utf8(request.get_data())))
                return _accepted()
        return _refused(404, "NotFound", f"There is no {request.method} {request.path}.")

    def _next(self) -> Response:
        self._reports.put(Report("ready"))
        task = self._tasks.get()
        if task is None:
            return _refused(410, "Gone", "This environment is shut down.")
        invocation = task.invocation
        self._current = invocation.request_id
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(task.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": task.function_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
            # The client crashes on headers that are missing.
            "Lambda-Runtime-Client-Context": invocation.client_context,
            "Lambda-Runtime-Cognito-Identity": "",
        }
        return Response(invocation.payload, headers=headers, content_type="application/json")

    def _take_answer(self, request_id: str, payload: bytes) -> Response:
        if len(payload) <= MAX_ANSWER:
            return self._take(request_id, Report("answer", payload))
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_ANSWER} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        self._take(request_id, Report("error", json.dumps(error).encode()))
        return _refused(413, error["errorType"], message)

    def _take(self, request_id: str, report: Report) -> Response:
        if request_id != self._current:
            return _refused(400, "InvalidRequestID", f"{request_id} is not the invocation in hand.")
        self._current = None
        self._reports.put(report)
        return _accepted()


def _utf8(body: bytes) -> bytes:
    """The client hands its error reports to `http.client` as text, which sends what lies outside of ASCII as Latin-1."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1").encode()
    return body


def _accepted() -> Response:
    return Response('{"status":"OK"}', 202, content_type="application/json")


def _refused(status: int, kind: str, message: str) -> Response:
    body = json.dumps({"errorType": kind, "errorMessage": message})
    return Response(body, status, content_type="application/json")
