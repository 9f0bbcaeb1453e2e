"""What the OpenAPI document says of a route's answers. `local/openapi` makes the document, with what API Gateway answers by itself."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse
from pydantic import BaseModel

from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.models.syncs import ErrorAnswer
from magento_sync.messages import DEFAULT_LANGUAGE, sentence

REQUEST_ID = "XkP9wgTLDoEEJ1A="
JSON = "application/json"
HEADERS: dict[str, tuple[str, Any]] = {
    "Content-Language": ("The language of the sentences.", {"type": "string", "enum": ["nl", "en"]}),
    "Location": ("Where the run can be looked at.", {"type": "string", "examples": ["/api/magento/auto-sync/runs/c1"]}),
    "Preference-Applied": ("What was honoured of `Prefer`, if anything.", {"type": "string", "examples": ["wait=20"]}),
    "Retry-After": ("Seconds until it makes sense to ask again.", {"type": "string", "pattern": "^[0-9]+$"}),
}

Answers = dict[int, OpenAPIResponse]

MISSING_WEBSITE = FieldError("websiteId", "MISSING")
UNKNOWN_NAME = FieldError("page", "UNKNOWN")


def success(status: int, text: str, model: type[BaseModel], example: Mapping[str, Any], *headers: str) -> Answers:
    """An answer where all went well."""
    return {status: _response(text, model, {"example": {"value": dict(example)}}, headers)}


def error(
    status: int,
    *codes: str,
    model: type[ErrorAnswer] = ErrorAnswer,
    beside: Mapping[str, Mapping[str, Any]] | None = None,
    headers: tuple[str, ...] = (),
) -> Answers:
    """An error, with an example for each of its codes.

    Args:
        status: The HTTP status.
        codes: As in `messages.py`.
        model: The body's shape.
        beside: What stands beside the error of a code, by code.
        headers: What can stand in the answer's head.
    """
    examples = {code: {"value": {"error": _error(code), **(beside or {}).get(code, {})}} for code in codes}
    return {status: _response(_phrase(status), model, examples, headers)}


def answers(*several: Answers, fault: FieldError) -> Answers:
    """A route's answers: its own, and those that any route can give.

    Args:
        several: Its own.
        fault: What can be wrong with a request to it, in the example.
    """
    wrong = {"error": {**_error("BAD_REQUEST"), "fields": [fault.json(DEFAULT_LANGUAGE)]}}
    merged: Answers = {
        400: _response(_phrase(400), ErrorAnswer, {"BAD_REQUEST": {"value": wrong}}, ()),
        **error(500, "INTERNAL_ERROR"),
        **error(503, "UNAVAILABLE", headers=("Retry-After",)),
    }
    for one in several:
        merged |= one
    return dict(sorted(merged.items()))


def _response(
    text: str, model: type[BaseModel], examples: Mapping[str, Any], headers: tuple[str, ...]
) -> OpenAPIResponse:
    described = {name: HEADERS[name] for name in ("Content-Language", *headers)}
    return {
        "description": text,
        "headers": {name: {"description": success, "schema": schema} for name, (success, schema) in described.items()},
        "content": {JSON: {"model": model, "examples": dict(examples)}},
    }


def _error(code: str) -> dict[str, Any]:
    return {"code": code, "message": sentence(code, DEFAULT_LANGUAGE), "requestId": REQUEST_ID}


def _phrase(status: int) -> str:
    return f"{HTTPStatus(status).phrase}."
