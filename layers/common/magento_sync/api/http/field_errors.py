"""What is wrong with which field of a request, by stable codes."""

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
MOST_FAULTS = 20  # told at a time
LONGEST_NAME = 100  # of a field; a caller may have made it up

BY_PYDANTIC_TYPE: dict[str, FieldErrorCode] = {
    "missing": "MISSING",
    "extra_forbidden": "UNKNOWN",
    "string_too_short": "TOO_SHORT",
    "string_too_long": "TOO_LONG",
    "int_parsing_size": "OUT_OF_RANGE",
    "int_parsing": "WRONG_TYPE",
    "bool_parsing": "WRONG_TYPE",
}
"""https://docs.pydantic.dev/latest/errors/validation_errors/; what ends in `_type` is WRONG_TYPE, all else NOT_ALLOWED."""
OUT_OF_RANGE = ("greater_than", "less_than")


@dataclass(frozen=True)
class FieldError:
    """One field that will not do.

    Attributes:
        field: The caller's name for it, `body` for the body as a whole.
        code: Why.
    """

    field: str
    code: FieldErrorCode

    def json(self, language: Language) -> dict[str, str]:
        """As the caller is told."""
        name = storable(self.field)[:LONGEST_NAME]
        return {"field": name, "code": self.code, "message": sentence(f"FIELD_{self.code}", language)}


def field_errors_of(errors: Iterable[Mapping[str, Any]]) -> list[FieldError]:
    """The faults that pydantic found. What it says of values is left out: it may hold anything."""
    return [FieldError(_field(error["loc"]), _code(error["type"])) for error in errors]


def query_errors(raw_query: str, known: Iterable[str]) -> list[FieldError]:
    """Names of a query that nobody knows, or that stand in it more than once: what they mean would be a guess."""
    names = Counter(name for name, _ in parse_qsl(raw_query, keep_blank_values=True))
    wanted = set(known)
    unknown = [FieldError(name, "UNKNOWN") for name in names if name not in wanted]
    return unknown + [FieldError(name, "REPEATED") for name in names if name in wanted and names[name] > 1]


def first_of_each(faults: Iterable[FieldError]) -> list[FieldError]:
    """One fault a field, the first that was found, and not too many to be read."""
    by_field: dict[str, FieldError] = {}
    for fault in faults:
        by_field.setdefault(fault.field, fault)
    return list(by_field.values())[:MOST_FAULTS]


def _field(place: Sequence[str | int]) -> str:
    """`("body", "websiteId")` is `websiteId`; `("body", 7)`, a place in unreadable JSON, is `body`."""
    inside = ".".join(part for part in place[1:] if isinstance(part, str))
    return inside or str(place[0])


def _code(pydantic_type: str) -> FieldErrorCode:
    if pydantic_type in BY_PYDANTIC_TYPE:
        return BY_PYDANTIC_TYPE[pydantic_type]
    if pydantic_type.startswith(OUT_OF_RANGE):
        return "OUT_OF_RANGE"
    return "WRONG_TYPE" if pydantic_type.endswith("_type") else "NOT_ALLOWED"
