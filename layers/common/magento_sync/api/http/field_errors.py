"""The invalid fields of a request, each with a stable code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

from magento_sync.messages import sentence
from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from magento_sync.messages import Language

FieldErrorCode = Literal[
    "MISSING", "MALFORMED", "WRONG_TYPE", "TOO_SHORT", "TOO_LONG", "OUT_OF_RANGE", "NOT_ALLOWED", "REPEATED", "UNKNOWN"
]
MAX_FIELD_ERRORS = 20  # in one response
MAX_NAME_LENGTH = 100  # callers can send any name

BY_PYDANTIC_TYPE: dict[str, FieldErrorCode] = {
    "missing": "MISSING",
    "extra_forbidden": "UNKNOWN",
    "string_too_short": "TOO_SHORT",
    "string_too_long": "TOO_LONG",
    "out_of_range": "OUT_OF_RANGE",
    "int_parsing": "WRONG_TYPE",
}
"""https://docs.pydantic.dev/latest/errors/validation_errors/, and `out_of_range` of `parameters.py`; `*_type` is
WRONG_TYPE, any other NOT_ALLOWED."""
RULES = {
    ("MISSING", "body"): "FIELD_BODY_MISSING",
    ("WRONG_TYPE", "body"): "FIELD_BODY_TYPE",
    ("TOO_LONG", "body"): "FIELD_BODY_TOO_LONG",
    ("WRONG_TYPE", "limit"): "FIELD_WHOLE_NUMBER",
    ("NOT_ALLOWED", "email"): "FIELD_EMAIL",
    ("NOT_ALLOWED", "purchaseDate"): "FIELD_DATE",
    ("NOT_ALLOWED", "cursor"): "FIELD_CURSOR",
    ("NOT_ALLOWED", "status"): "FIELD_STATUS",
    ("NOT_ALLOWED", "Content-Type"): "FIELD_CONTENT_TYPE",
}
"""Sentences that name a field's own rule. For any other field, the code has one."""


@dataclass(frozen=True)
class FieldError:
    """One invalid field.

    Attributes:
        name: Its name in the request; the body as a whole is `body`.
        code: Stable.
        bounds: The bounds that its sentence names.
    """

    name: str
    code: FieldErrorCode
    bounds: Mapping[str, int] = field(default_factory=dict, compare=False)

    def json(self, language: Language) -> dict[str, str]:
        """Returns the entry of the response's `fields`."""
        rule = RULES.get((self.code, self.name), f"FIELD_{self.code}")
        return {
            "field": storable(self.name)[:MAX_NAME_LENGTH],
            "code": self.code,
            "message": sentence(rule, language, self.bounds),
        }


def validation_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Returns pydantic's errors as ours. Its texts are left out: they quote values, which may be private."""
    return [FieldError(_name(error["loc"]), _code(error["type"]), _bounds(error)) for error in errors]


def query_errors(raw_query: str, known: Iterable[str]) -> list[FieldError]:
    """Returns the parameters of a query string that are unknown or repeated."""
    names = Counter(name for name, _ in parse_qsl(raw_query, keep_blank_values=True))
    allowed = set(known)
    unknown = [FieldError(name, "UNKNOWN") for name in names if name not in allowed]
    return unknown + [FieldError(name, "REPEATED") for name in names if name in allowed and names[name] > 1]


def first_per_field(errors: Iterable[FieldError]) -> list[FieldError]:
    """Returns the first error of each field, at most `MAX_FIELD_ERRORS`."""
    by_field: dict[str, FieldError] = {}
    for error in errors:
        by_field.setdefault(error.name, error)
    return list(by_field.values())[:MAX_FIELD_ERRORS]


def _name(location: Sequence[str | int]) -> str:
    """Returns `websiteId` for `("body", "websiteId")`, and `body` for `("body", 7)`, an offset in malformed JSON."""
    path = ".".join(part for part in location[1:] if isinstance(part, str))
    return path or str(location[0])


def _code(pydantic_type: str) -> FieldErrorCode:
    if pydantic_type in BY_PYDANTIC_TYPE:
        return BY_PYDANTIC_TYPE[pydantic_type]
    return "WRONG_TYPE" if pydantic_type.endswith("_type") else "NOT_ALLOWED"


def _bounds(error: Mapping[str, Any]) -> dict[str, int]:
    return {name: value for name, value in error.get("ctx", {}).items() if isinstance(value, int)}
