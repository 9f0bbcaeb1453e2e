"""Errors as callers see them: one shape for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from magento_sync.api.http.field_errors import first_of_each
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
    """What a caller is told instead of a result.

    Attributes:
        status: The HTTP status.
        code: Stable, `UPPER_SNAKE`; `messages.py` has its sentence.
        beside: What stands beside the error, such as the run that is already going.
        faults: What is wrong with which field of the request.
        headers: Of the answer.
    """

    def __init__(
        self,
        status: int,
        code: ErrorCode,
        beside: Mapping[str, BaseModel] | None = None,
        *,
        faults: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.code: ErrorCode = code
        self.beside = dict(beside or {})
        self.faults = list(faults)
        self.headers = dict(headers or {})
        super().__init__(code)


def bad_request(*faults: FieldError) -> ApiError:
    """The error of a request that cannot be understood, with the fields at fault."""
    return ApiError(400, "BAD_REQUEST", faults=first_of_each(faults))


def error_json(error: ApiError, language: Language, request_id: str) -> dict[str, Any]:
    """The body of an error's answer."""
    told: dict[str, Any] = {
        "code": error.code,
        "message": sentence(error.code, language),
        "requestId": request_id,
    }
    if error.faults:
        told["fields"] = [fault.json(language) for fault in error.faults]
    beside = {name: value.model_dump(mode="json", by_alias=True) for name, value in error.beside.items()}
    return {"error": told, **beside}
