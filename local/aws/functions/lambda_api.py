"""Lambda's Invoke call over HTTP, as boto3 makes it.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from local.aws.functions.invocation import Invocation, new_trace_id
from local.aws.functions.service import LambdaService, ThrottledError
from local.aws.server import LocalServer
from local.aws.template.model import function_arn

if TYPE_CHECKING:
    from local.aws.template.model import Function

LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024, "DryRun": 6 * 1024 * 1024}
"""Bytes that a payload may have."""
_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")
_NAME = re.compile(r"((arn:[^:]+:lambda:[^:]*:)?\d*:?function:)?(?P<name>[\w-]+)(:(?P<qualifier>[\w$-]+))?", re.ASCII)


class LambdaApi:
    """Serves a Lambda service to boto3 until `close()`."""

    def __init__(self, service: LambdaService) -> None:
        self._service = service
        self._server = LocalServer(Request.application(self._answer), "lambda-api")

    @property
    def url(self) -> str:
        """The endpoint, for AWS_ENDPOINT_URL_LAMBDA."""
        return self._server.url

    def close(self) -> None:
        """Takes no more calls."""
        self._server.close()

    def _answer(self, request: Request) -> Response:
        path = _PATH.fullmatch(request.path)
        if request.method != "POST" or path is None:
            return _error(404, "UnknownOperationException", "The local Lambda knows the Invoke call only.")
        name = _NAME.fullmatch(path["name"])
        function = self._service.function(name["name"]) if name else None
        qualifier = (name["qualifier"] if name else None) or request.args.get("Qualifier")
        if function is None or qualifier not in {None, "$LATEST"}:
            arn = function_arn(name["name"] if name else path["name"]) + (f":{qualifier}" if qualifier else "")
            return _error(404, "ResourceNotFoundException", f"Function not found: {arn}", key="Message")
        return self._invoke(function, request)

    def _invoke(self, function: Function, request: Request) -> Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = request.get_data() or b"{}"
        if kind not in LIMITS:
            return _error(400, "InvalidParameterValueException", f"There is no invocation type {kind}.")
        if len(payload) > LIMITS[kind]:
            text = (
                f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {LIMITS[kind]} bytes)"
            )
            return _error(413, "RequestTooLargeException", text)
        try:
            json.loads(payload)
        except ValueError as error:
            return _error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        invocation = Invocation(
            payload,
            trace_id=request.headers.get("X-Amzn-Trace-Id") or new_trace_id(),
            client_context=base64.b64decode(request.headers.get("X-Amz-Client-Context", "")).decode(),
        )
        headers = {"x-amzn-RequestId": invocation.request_id}
        match kind:
            case "DryRun":
                return Response(status=204, headers=headers)
            case "Event":
                self._service.invoke_later(function, invocation)
                return Response(status=202, headers=headers)
        return self._run(function, invocation, headers)

    def _run(self, function: Function, invocation: Invocation, headers: dict[str, str]) -> Response:
        try:
            answer = self._service.invoke(function, invocation)
        except ThrottledError:
            return _error(429, "TooManyRequestsException", "Rate Exceeded.", Reason="ConcurrentInvocationLimitExceeded")
        headers["X-Amz-Executed-Version"] = "$LATEST"
        if answer.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return Response(answer.payload, headers=headers, content_type="application/json")


def _error(status: int, kind: str, message: str, key: str = "message", **more: str) -> Response:
    body = json.dumps({"Type": "User", key: message, **more})
    return Response(body, status, headers={"x-amzn-ErrorType": kind}, content_type="application/json")
