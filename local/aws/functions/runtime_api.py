"""Lambda's Runtime API for one execution environment: sends it events and receives its responses.

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
MAX_RESPONSE = 6 * 1024 * 1024 + 100
"""The largest response in bytes: Lambda's 6 MB and 100 bytes of tolerance."""
TRACE = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0"
"""An X-Ray header, not sampled."""


@dataclass(frozen=True)
class RuntimeMessage:
    """What an environment reports: ready for an event, a response, an error, a failed start, or its exit."""

    kind: Literal["ready", "response", "error", "init_error", "exit"]
    payload: bytes = b""


class RuntimeApi(LocalServer):
    """The Runtime API of one environment, whose messages it puts into a queue.

    Its own port identifies the environment: the runtime client sends no id.
    """

    def __init__(self, messages: SimpleQueue[RuntimeMessage]) -> None:
        self._messages = messages
        self._events: SimpleQueue[Response] = SimpleQueue()
        self._current: str | None = None
        super().__init__(self._respond, "runtime-api")

    def send(self, invocation: Invocation, function_arn: str, timeout: float) -> None:
        """Sends the next event; its deadline is `timeout` seconds from now."""
        self._current = invocation.request_id
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": function_arn,
            "Lambda-Runtime-Trace-Id": TRACE,
            # The client crashes if these headers are missing.
            "Lambda-Runtime-Client-Context": "",
            "Lambda-Runtime-Cognito-Identity": "",
        }
        self._events.put(Response(invocation.payload, headers=headers, content_type="application/json"))

    def close(self) -> None:
        """Ends the server and pending requests."""
        self._events.put(_refused(410, "Gone", "This environment is closed."))
        super().close()

    def _respond(self, request: Request) -> Response:
        match request.method, request.path.removeprefix(PREFIX).split("/"):
            case "GET", ["invocation", "next"]:
                self._messages.put(RuntimeMessage("ready"))
                return self._events.get()
            case "POST", ["invocation", request_id, "response"]:
                return self._receive_response(request_id, request.get_data())
            case "POST", ["invocation", request_id, "error"]:
                return self._receive(request_id, RuntimeMessage("error", _utf8(request.get_data())))
            case "POST", ["init", "error"]:
                self._messages.put(RuntimeMessage("init_error", _utf8(request.get_data())))
                return _accepted()
        return _refused(404, "NotFound", f"There is no {request.method} {request.path}.")

    def _receive_response(self, request_id: str, payload: bytes) -> Response:
        if len(payload) <= MAX_RESPONSE:
            return self._receive(request_id, RuntimeMessage("response", payload))
        message = f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
        error = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        self._receive(request_id, RuntimeMessage("error", json.dumps(error).encode()))
        return _refused(413, error["errorType"], message)

    def _receive(self, request_id: str, message: RuntimeMessage) -> Response:
        if request_id != self._current:
            return _refused(400, "InvalidRequestID", f"{request_id} is not the current invocation.")
        self._current = None
        self._messages.put(message)
        return _accepted()


def _utf8(body: bytes) -> bytes:
    """Returns the body in UTF-8: the runtime client sends error texts beyond ASCII as Latin-1."""
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
