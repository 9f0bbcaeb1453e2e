"""What is wrong with which field."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic_core.core_schema import ErrorType

from magento_sync.api.http.field_errors import (
    BY_PYDANTIC_TYPE,
    Fault,
    FaultCode,
    faults_of,
    first_of_each,
    query_faults,
)


@pytest.mark.parametrize("code", get_args(FaultCode))
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_code_has_a_sentence(code: FaultCode, language: str) -> None:
    told = Fault("websiteId", code).json("en" if language == "en" else "nl")

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
    assert faults_of([{"type": pydantic_type, "loc": ("query", "limit")}]) == [Fault("limit", code)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("place", "field"),
    [(("body",), "body"), (("body", 7), "body"), (("body", "websiteId"), "websiteId"), (("body", "a", 1, "b"), "a.b")],
)
def test_fields(place: tuple[str | int, ...], field: str) -> None:
    assert faults_of([{"type": "missing", "loc": place}]) == [Fault(field, "MISSING")]


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("", []),
        ("limit=5&cursor=x", []),
        ("limit=", []),
        ("limit=1&limit=1", [Fault("limit", "REPEATED")]),
        ("l%69mit=1&limit=", [Fault("limit", "REPEATED")]),
        ("Limit=1", [Fault("Limit", "UNKNOWN")]),
        ("x&x", [Fault("x", "UNKNOWN")]),
        ("%ff=1", [Fault("\ufffd", "UNKNOWN")]),
    ],
)
def test_queries(query: str, faults: list[Fault]) -> None:
    assert query_faults(query, ["limit", "cursor"]) == faults


def test_one_fault_a_field_and_not_too_many() -> None:
    many = [Fault(str(number), "UNKNOWN") for number in range(1000)]

    assert first_of_each([Fault("a", "REPEATED"), Fault("a", "WRONG_TYPE"), Fault("b", "MISSING")]) == [
        Fault("a", "REPEATED"),
        Fault("b", "MISSING"),
    ]
    assert len(first_of_each(many)) == 20


def test_a_made_up_name_is_told_in_bounds_and_can_be_sent() -> None:
    told = Fault("\ud800\x00" + "x" * 1000, "UNKNOWN").json("en")

    assert told["field"] == "?" + "x" * 99
