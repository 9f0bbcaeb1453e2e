"""Errors of the local stack, and of a function that runs in it."""

from __future__ import annotations

from typing import Any


class LocalStackError(Exception):
    """The local stack cannot work; the text says in one or two sentences what to do."""


class FunctionError(Exception):
    """An invocation failed.

    Attributes:
        error: Lambda's description: `errorType`, `errorMessage` and, if the handler raised it, `stackTrace`.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.error = error
