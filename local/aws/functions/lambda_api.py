"""Lambda's Invoke call over HTTP, as boto3 makes it.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from local.aws.functions.invocation import Invocation
from local.aws.functions.service import LambdaService, ThrottledError
from local.aws.server import LocalServer
from local.aws.template.model import function_arn

if TYPE_CHECKING:
    from local.aws.template.model import Function

LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
"""The largest payload in bytes by invocation type."""
_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations/?")


class LambdaApi(LocalServer):
    """Serves a Lambda service to boto3; its `url` is the endpoint for AWS_ENDPOINT_URL_LAMBDA."""

    def __init__(self, service: LambdaService) -> None:
        self._service = service
        super().__init__(self._respond, "lambda-api")

    def _respond(self, request: Request) -> Response:
        path = _PATH.fullmatch(request.path)
        if request.method != "POST" or path is None:
            return _error(404, "UnknownOperationException", "The local Lambda supports the Invoke call only.")
        function = self._service.function(path["name"])
        if function is None:
            text = f"Function not found: {function_arn(path['name'])}"
            return _error(404, "ResourceNotFoundException", text, key="Message")
        return self._invoke(function, request)

    def _invoke(self, function: Function, request: Request) -> Response:
        kind = request.headers.get("X-Amz-Invocation-Type", "RequestResponse")
        payload = request.get_data() or b"{}"
        if kind not in LIMITS:
            return _error(400, "InvalidParameterValueException", f"The local Lambda does not support the type {kind}.")
        if len(payload) > LIMITS[kind]:
            text = (
                f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {LIMITS[kind]} bytes)"
            )
            return _error(413, "RequestTooLargeException", text)
        try:
            json.loads(payload)
        except ValueError as error:
            return _error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        invocation = Invocation(payload)
        headers = {"x-amzn-RequestId": invocation.request_id}
        if kind == "Event":
            self._service.invoke_async(function, invocation)
            return Response(status=202, headers=headers)
        return self._run(function, invocation, headers)

    def _run(self, function: Function, invocation: Invocation, headers: dict[str, str]) -> Response:
        try:
            result = self._service.invoke(function, invocation)
        except ThrottledError:
            return _error(429, "TooManyRequestsException", "Rate Exceeded.", Reason="ConcurrentInvocationLimitExceeded")
        headers["X-Amz-Executed-Version"] = "$LATEST"
        if result.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return Response(result.payload, headers=headers, content_type="application/json")


def _error(status: int, kind: str, message: str, key: str = "message", **more: str) -> Response:
    body = json.dumps({"Type": "User", key: message, **more})
    return Response(body, status, headers={"x-amzn-ErrorType": kind}, content_type="application/json")
