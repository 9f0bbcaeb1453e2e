"""Error responses: one JSON shape for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from magento_sync.api.http.field_errors import first_per_field
from magento_sync.errors import MagentoSyncError
from magento_sync.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from magento_sync.api.http.field_errors import FieldError
    from magento_sync.messages import Language

ErrorCode = Literal[
    "BAD_REQUEST",
    "FORBIDDEN",
    "WEBSITE_NOT_FOUND",
    "RUN_NOT_FOUND",
    "NOT_FOUND",
    "ALREADY_RUNNING",
    "AUTO_UPLOAD_OFF",
    "RUN_OVER",
    "CUSTOMER_EXISTS",
    "INTERNAL_ERROR",
    "NOT_STARTED",
    "UNAVAILABLE",
]


class ApiError(MagentoSyncError):
    """An error response.

    Attributes:
        status: The HTTP status.
        code: Stable, `UPPER_SNAKE`; `messages.py` has its sentence.
        related: What the body holds besides `error`, by name, such as the run that is already running.
        field_errors: The invalid fields of the request.
        headers: Headers of the response.
    """

    def __init__(
        self,
        status: int,
        code: ErrorCode,
        related: Mapping[str, BaseModel] | None = None,
        *,
        field_errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code: ErrorCode = code
        self.related = dict(related or {})
        self.field_errors = list(field_errors)
        self.headers = dict(headers or {})
        super().__init__(code)


def bad_request(*field_errors: FieldError) -> ApiError:
    """Returns the error of an invalid request."""
    return ApiError(400, "BAD_REQUEST", field_errors=first_per_field(field_errors))


def error_body(error: ApiError, language: Language, request_id: str) -> dict[str, Any]:
    """Returns the JSON body of an error response."""
    content: dict[str, Any] = {
        "code": error.code,
        "message": sentence(error.code, language),
        "requestId": request_id,
    }
    if error.field_errors:
        content["fields"] = [field_error.json(language) for field_error in error.field_errors]
    related = {name: model.model_dump(mode="json", by_alias=True) for name, model in error.related.items()}
    return {"error": content, **related}
