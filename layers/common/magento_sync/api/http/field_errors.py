"""The invalid fields of a request, each with a stable code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
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
    "int_parsing_size": "OUT_OF_RANGE",
    "int_parsing": "WRONG_TYPE",
}
"""https://docs.pydantic.dev/latest/errors/validation_errors/; `*_type` is WRONG_TYPE, any other NOT_ALLOWED."""
OUT_OF_RANGE = ("greater_than", "less_than")


@dataclass(frozen=True)
class FieldError:
    """One invalid field, by its name in the request; the body as a whole is the field `body`."""

    field: str
    code: FieldErrorCode

    def json(self, language: Language) -> dict[str, str]:
        """Returns the entry of the response's `fields`."""
        name = storable(self.field)[:MAX_NAME_LENGTH]
        return {"field": name, "code": self.code, "message": sentence(f"FIELD_{self.code}", language)}


def validation_errors(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """Returns pydantic's errors as ours. Its texts are left out: they quote values, which may be private."""
    return [FieldError(_field(error["loc"]), _code(error["type"])) for error in errors]


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
        by_field.setdefault(error.field, error)
    return list(by_field.values())[:MAX_FIELD_ERRORS]


def _field(location: Sequence[str | int]) -> str:
    """Returns `websiteId` for `("body", "websiteId")`, and `body` for `("body", 7)`, an offset in malformed JSON."""
    path = ".".join(part for part in location[1:] if isinstance(part, str))
    return path or str(location[0])


def _code(pydantic_type: str) -> FieldErrorCode:
    if pydantic_type in BY_PYDANTIC_TYPE:
        return BY_PYDANTIC_TYPE[pydantic_type]
    if pydantic_type.startswith(OUT_OF_RANGE):
        return "OUT_OF_RANGE"
    return "WRONG_TYPE" if pydantic_type.endswith("_type") else "NOT_ALLOWED"
