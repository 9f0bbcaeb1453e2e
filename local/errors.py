"""What can go wrong on this machine, and in a function that runs on it."""

from __future__ import annotations

from typing import Any


class LocalStackError(Exception):
    """Something on this machine is in the way; the text is one sentence or two that say what to do."""


class FunctionError(Exception):
    """An invocation failed.

    Attributes:
        error: What Lambda answered: `errorType`, `errorMessage` and, if the handler raised it, `stackTrace`.
    """

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error.get('errorType')}: {error.get('errorMessage')}")
        self.error = error
