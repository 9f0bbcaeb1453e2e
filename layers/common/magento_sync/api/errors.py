"""Errors as callers see them: one shape for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magento_sync.errors import MagentoSyncError
from magento_sync.messages import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from magento_sync.messages import Language


class ApiError(MagentoSyncError):
    """What a caller is told instead of a result.

    Attributes:
        status: The HTTP status.
        code: Stable, `UPPER_SNAKE`; `messages.py` has its sentence.
        beside: What stands beside the error, such as the run that is already going.
    """

    def __init__(self, status: int, code: str, beside: Mapping[str, Any] | None = None) -> None:
        self.status = status
        self.code = code
        self.beside = dict(beside or {})
        super().__init__(code)


def error_json(error: ApiError, language: Language, request_id: str) -> dict[str, Any]:
    """The body of an error's answer."""
    told = {"code": error.code, "message": sentence(error.code, language), "requestId": request_id}
    return {"error": told, **error.beside}
