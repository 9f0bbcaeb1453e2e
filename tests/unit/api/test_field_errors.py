"""Field errors: their codes, names and sentences."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from magento_sync.api.http.field_errors import (
    BY_PYDANTIC_TYPE,
    RULES,
    FieldError,
    FieldErrorCode,
    first_per_field,
    query_errors,
    validation_errors,
)

BOUNDS = {"max_length": 200, "least": 1, "most": 100}


@pytest.mark.parametrize("code", get_args(FieldErrorCode))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_code_has_a_sentence(code: FieldErrorCode, language: str) -> None:
    entry = FieldError("websiteId", code, BOUNDS).json("en" if language == "en" else "nl")

    assert (entry["field"], entry["code"]) == ("websiteId", code)
    assert entry["message"].endswith(".")


@pytest.mark.parametrize(("code", "field"), RULES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_field_with_a_rule_of_its_own_has_its_own_sentence(code: FieldErrorCode, field: str, language: str) -> None:
    of_all = FieldError("other", code, BOUNDS).json("en" if language == "en" else "nl")["message"]

    assert FieldError(field, code).json("en" if language == "en" else "nl")["message"] != of_all


def test_every_mapped_error_type_is_one_of_pydantics() -> None:
    assert set(BY_PYDANTIC_TYPE) - {"out_of_range"} <= set(get_args(ErrorType))


@pytest.mark.parametrize(
    ("pydantic_type", "code"),
    [
        ("missing", "MISSING"),
        ("string_type", "WRONG_TYPE"),
        ("model_attributes_type", "WRONG_TYPE"),
        ("int_parsing", "WRONG_TYPE"),
        ("out_of_range", "OUT_OF_RANGE"),
        ("string_too_long", "TOO_LONG"),
        ("string_too_short", "TOO_SHORT"),
        ("string_pattern_mismatch", "NOT_ALLOWED"),
        ("string_unicode", "NOT_ALLOWED"),
        ("extra_forbidden", "UNKNOWN"),
    ],
)
def test_each_error_type_of_pydantic_has_a_code(pydantic_type: str, code: str) -> None:
    assert validation_errors([{"type": pydantic_type, "loc": ("query", "limit")}]) == [FieldError("limit", code)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("location", "field"),
    [(("body",), "body"), (("body", 7), "body"), (("body", "websiteId"), "websiteId"), (("body", "a", 1, "b"), "a.b")],
)
def test_a_field_is_named_by_its_path_in_the_body(location: tuple[str | int, ...], field: str) -> None:
    assert validation_errors([{"type": "missing", "loc": location}]) == [FieldError(field, "MISSING")]


@pytest.mark.parametrize(
    ("query", "errors"),
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
def test_unknown_and_repeated_query_parameters_are_errors(query: str, errors: list[FieldError]) -> None:
    assert query_errors(query, ["limit", "cursor"]) == errors


def test_only_the_first_error_of_each_field_is_kept_and_at_most_twenty() -> None:
    many = [FieldError(str(number), "UNKNOWN") for number in range(1000)]

    assert first_per_field(
        [FieldError("a", "REPEATED"), FieldError("a", "WRONG_TYPE"), FieldError("b", "MISSING")]
    ) == [
        FieldError("a", "REPEATED"),
        FieldError("b", "MISSING"),
    ]
    assert len(first_per_field(many)) == 20


def test_a_field_s_name_is_shortened_and_made_valid_unicode() -> None:
    entry = FieldError("\ud800\x00" + "x" * 1000, "UNKNOWN").json("en")

    assert entry["field"] == "?" + "x" * 99
