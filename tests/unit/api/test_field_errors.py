"""What is wrong with which field."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from magento_sync.api.http.field_errors import (
    BY_PYDANTIC_TYPE,
    FieldError,
    FieldErrorCode,
    field_errors_of,
    first_of_each,
    query_errors,
)


@pytest.mark.parametrize("code", get_args(FieldErrorCode))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_code_has_a_sentence(code: FieldErrorCode, language: str) -> None:
    told = FieldError("websiteId", code).json("en" if language == "en" else "nl")

    assert (told["field"], told["code"]) == ("websiteId", code)
    assert told["message"].endswith(".")


def test_the_types_are_pydantics() -> None:
    assert set(BY_PYDANTIC_TYPE) <= set(get_args(ErrorType))


@pytest.mark.parametrize(
    ("pydantic_type", "code"),
    [
        ("missing", "MISSING"),
        ("string_type", "WRONG_TYPE"),
        ("model_attributes_type", "WRONG_TYPE"),
        ("int_parsing", "WRONG_TYPE"),
        ("greater_than_equal", "OUT_OF_RANGE"),
        ("less_than_equal", "OUT_OF_RANGE"),
        ("string_too_long", "TOO_LONG"),
        ("string_too_short", "TOO_SHORT"),
        ("string_pattern_mismatch", "NOT_ALLOWED"),
        ("string_unicode", "NOT_ALLOWED"),
        ("extra_forbidden", "UNKNOWN"),
    ],
)
def test_codes(pydantic_type: str, code: str) -> None:
    assert field_errors_of([{"type": pydantic_type, "loc": ("query", "limit")}]) == [FieldError("limit", code)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "field"),
    [(("body",), "body"), (("body", 7), "body"), (("body", "websiteId"), "websiteId"), (("body", "a", 1, "b"), "a.b")],
)
def test_fields(place: tuple[str | int, ...], field: str) -> None:
    assert field_errors_of([{"type": "missing", "loc": place}]) == [FieldError(field, "MISSING")]


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("", []),
        ("limit=5&cursor=x", []),
        ("limit=", []),
        ("limit=1&limit=1", [FieldError("limit", "REPEATED")]),
        ("l%69mit=1&limit=", [FieldError("limit", "REPEATED")]),
        ("Limit=1", [FieldError("Limit", "UNKNOWN")]),
        ("x&x", [FieldError("x", "UNKNOWN")]),
        ("%ff=1", [FieldError("\ufffd", "UNKNOWN")]),
    ],
)
def test_queries(query: str, faults: list[FieldError]) -> None:
    assert query_errors(query, ["limit", "cursor"]) == faults


def test_one_fault_a_field_and_not_too_many() -> None:
    many = [FieldError(str(number), "UNKNOWN") for number in range(1000)]

    assert first_of_each([FieldError("a", "REPEATED"), FieldError("a", "WRONG_TYPE"), FieldError("b", "MISSING")]) == [
        FieldError("a", "REPEATED"),
        FieldError("b", "MISSING"),
    ]
    assert len(first_of_each(many)) == 20


def test_a_made_up_name_is_told_in_bounds_and_can_be_sent() -> None:
    told = FieldError("\ud800\x00" + "x" * 1000, "UNKNOWN").json("en")

    assert told["field"] == "?" + "x" * 99
