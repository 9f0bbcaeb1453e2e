"""Builds the OpenAPI description of an operation; `local/openapi` adds API Gateway's responses and the rest."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypedDict

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.errors import ErrorResponse
from magento_sync.messages import DEFAULT_LANGUAGE, sentence

REQUEST_ID = "XkP9wgTLDoEEJ1A="
JSON = "application/json"
HEADERS: dict[str, tuple[str, Any]] = {
    "Content-Language": ("The language of the sentences.", {"type": "string", "enum": ["nl", "en"]}),
    "Location": ("The run's path.", {"type": "string", "examples": ["/api/magento/auto-sync/runs/c1"]}),
    "Preference-Applied": (
        "The preferences of `Prefer` that were applied, if any.",
        {"type": "string", "examples": ["wait=20"]},
    ),
    "Retry-After": ("Seconds to wait before the next request.", {"type": "string", "pattern": "^[0-9]+$"}),
}
MISSING_WEBSITE = FieldError("websiteId", "MISSING")
UNKNOWN_PARAMETER = FieldError("page", "UNKNOWN")

Responses = dict[int, OpenAPIResponse]


class Operation(TypedDict):
    """The description of one operation: keyword arguments of its route's decorator."""

    summary: str
    description: str
    operation_id: str
    tags: list[str]
    responses: Responses


def success(
    status: int,
    description: str,
    model: type[BaseModel],
    example: Mapping[str, Any],
    headers: tuple[str, ...] = (),
) -> Responses:
    """Returns the description of a successful response."""
    return {status: _response(description, model, {"example": {"value": dict(example)}}, headers)}


def error(
    status: int,
    *codes: str,
    model: type[ErrorResponse] = ErrorResponse,
    related: Mapping[str, Mapping[str, Any]] | None = None,
    headers: tuple[str, ...] = (),
) -> Responses:
    """Returns the description of an error response, with an example for each of its codes.

    Args:
        status: The HTTP status.
        codes: The error codes.
        model: The body's model.
        related: What the body holds besides `error`, by code.
        headers: Names of the headers that it can have.
    """
    examples = {code: {"value": {"error": _error(code), **(related or {}).get(code, {})}} for code in codes}
    return {status: _response(_phrase(status), model, examples, headers)}


def responses(*own: Responses, invalid: FieldError) -> Responses:
    """Returns all responses of an operation: its own, and those that every operation has.

    Args:
        own: The operation's own.
        invalid: The field error in the example of an invalid request.
    """
    bad_request = {"error": {**_error("BAD_REQUEST"), "fields": [invalid.json(DEFAULT_LANGUAGE)]}}
    merged: Responses = {
        400: _response(_phrase(400), ErrorResponse, {"BAD_REQUEST": {"value": bad_request}}, ()),
        **error(500, "INTERNAL_ERROR"),
        **error(503, "UNAVAILABLE", headers=("Retry-After",)),
    }
    for response in own:
        merged |= response
    return dict(sorted(merged.items()))


def _response(
    description: str, model: type[BaseModel], examples: Mapping[str, Any], headers: tuple[str, ...]
) -> OpenAPIResponse:
    described = {name: HEADERS[name] for name in ("Content-Language", *headers)}
    return {
        "description": description,
        "headers": {name: {"description": text, "schema": schema} for name, (text, schema) in described.items()},
        "content": {JSON: {"model": model, "examples": dict(examples)}},
    }


def _error(code: str) -> dict[str, Any]:
    return {"code": code, "message": sentence(code, DEFAULT_LANGUAGE), "requestId": REQUEST_ID}


def _phrase(status: int) -> str:
    return f"{HTTPStatus(status).phrase}."
