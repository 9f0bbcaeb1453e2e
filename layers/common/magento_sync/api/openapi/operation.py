"""What describes an operation in the OpenAPI document: Powertools' arguments of a route, and all its responses."""

from http import HTTPStatus
from typing import Any, TypedDict

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from magento_sync.api.http.errors import ApiError, bad_request, error_body
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.errors import ErrorResponse, GatewayMessage
from magento_sync.messages import DEFAULT_LANGUAGE, sentence

Responses = dict[int, OpenAPIResponse]

READ: list[dict[str, list[str]]] = [{"jwt": ["magento-sync/read"]}, {"sigv4": []}]
WRITE: list[dict[str, list[str]]] = [{"jwt": ["magento-sync/write"]}, {"sigv4": []}]
REQUEST_ID = "XkP9wgTLDoEEJ1A="
COMMON_ERRORS = (
    bad_request(FieldError("page", "UNKNOWN")),
    ApiError(500, "INTERNAL_ERROR"),
    ApiError(503, "UNAVAILABLE", headers={"Retry-After": "10"}),
)
GATEWAY_ERRORS = {
    401: ("The token is missing or invalid.", "Unauthorized"),
    403: ("The token lacks the scope, or the AWS principal lacks the permission.", "Forbidden"),
    413: ("The request's body is too large.", "Request Entity Too Large"),
    429: ("Too many requests; retry after a second.", "Too Many Requests"),
    500: ("The function failed.", "Internal Server Error"),
    503: ("The function did not respond within 30 seconds or could not be started.", "Service Unavailable"),
}
"""What API Gateway itself responds, and when.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
"""


class Operation(TypedDict):
    """The description of one operation: keyword arguments of its route's decorator."""

    summary: str
    description: str
    operation_id: str
    tags: list[str]
    security: list[dict[str, list[str]]]
    responses: Responses


def success(description: str, example: BaseModel, *headers: str) -> OpenAPIResponse:
    """Returns the description of a response whose body has the example's model."""
    body = example.model_dump(mode="json", by_alias=True)
    return _response(description, type(example), {"example": body}, ["Content-Language", *headers])


def responses(
    successes: Responses, *errors: ApiError, conflict_model: type[ErrorResponse] = ErrorResponse
) -> Responses:
    """Returns all responses of an operation: its own, those that every operation has, and API Gateway's.

    Args:
        successes: The operation's own, by status.
        errors: The operation's own; each is an example.
        conflict_model: The body of a 409.
    """
    by_status: dict[int, list[ApiError]] = {status: [] for status in GATEWAY_ERRORS}
    for error in (*COMMON_ERRORS, *errors):
        by_status.setdefault(error.status, []).append(error)
    failures = {
        status: _failure(status, of_status, conflict_model if status == HTTPStatus.CONFLICT else ErrorResponse)
        for status, of_status in by_status.items()
    }
    return dict(sorted({**successes, **failures}.items()))


def _failure(status: int, errors: list[ApiError], model: Any) -> OpenAPIResponse:  # noqa: ANN401 - or a union
    descriptions = [sentence(error.code, "en") for error in errors]
    examples: dict[str, Any] = {error.code: error_body(error, DEFAULT_LANGUAGE, REQUEST_ID) for error in errors}
    headers = ["Content-Language", *sorted({name for error in errors for name in error.headers})] if errors else []
    if status in GATEWAY_ERRORS:
        description, message = GATEWAY_ERRORS[status]
        descriptions.append(description)
        examples["API Gateway"] = {"message": message}
        model = model | GatewayMessage if errors else GatewayMessage
    if status == HTTPStatus.UNAUTHORIZED:
        headers.append("WWW-Authenticate")
    return _response(" Or: ".join(descriptions), model, examples, headers)


def _response(description: str, model: Any, examples: dict[str, Any], headers: list[str]) -> OpenAPIResponse:  # noqa: ANN401
    # `local/openapi` describes the headers. API Gateway adds the first one.
    names = ["apigw-requestid", *headers]
    references: dict[str, Any] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    values = {name: {"value": value} for name, value in examples.items()}
    content: dict[str, Any] = {"application/json": {"model": model, "examples": values}}
    return {"description": description, "headers": references, "content": content}
