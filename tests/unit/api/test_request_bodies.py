"""Request bodies: which ones are rejected, with which field error, and at what cost."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.http.request_bodies import MAX_BODY_BYTES, parse_json_object, with_decoded_body

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [f"{number:x}" for number in range(6000)]


def decoded(body: str, content_type: str | None = "application/json", *, is_base64: bool = False) -> str:
    headers = {} if content_type is None else {"Content-Type": content_type}
    event = with_decoded_body({"body": body, "headers": headers, "isBase64Encoded": is_base64})
    assert event["headers"]["content-type"] == "application/json"
    text: str = event["body"]
    return text


def field_errors(call: Callable[..., object], *arguments: Any, **options: Any) -> list[FieldError]:  # noqa: ANN401
    with pytest.raises(ApiError, match="BAD_REQUEST") as error:
        call(*arguments, **options)
    return error.value.field_errors


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=utf-8", None])
def test_a_body_of_json_is_accepted(content_type: str | None) -> None:
    assert decoded('{"é": 1}', content_type) == '{"é": 1}'


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json, text/plain",
        "x",
    ],
)
def test_a_body_of_another_media_type_is_rejected(content_type: str) -> None:
    assert field_errors(decoded, "{}", content_type) == [FieldError("Content-Type", "NOT_ALLOWED")]


def test_a_body_in_base64_is_decoded() -> None:
    assert decoded(base64.b64encode("é".encode()).decode(), is_base64=True) == "é"


@pytest.mark.parametrize("body", ["?", base64.b64encode(b"\xff\xfe").decode()])
def test_a_body_that_is_not_base64_or_not_utf_8_is_rejected(body: str) -> None:
    assert field_errors(decoded, body, is_base64=True) == [FieldError("body", "MALFORMED")]


def test_half_of_a_surrogate_pair_is_rejected() -> None:
    assert field_errors(decoded, "\ud800") == [FieldError("body", "MALFORMED")]


@pytest.mark.parametrize("body", ["x" * (MAX_BODY_BYTES + 1), "é" * (MAX_BODY_BYTES // 2 + 1)])
def test_the_length_of_a_body_is_limited_in_bytes(body: str) -> None:
    assert field_errors(decoded, body) == [FieldError("body", "TOO_LONG")]
    assert field_errors(decoded, base64.b64encode(body.encode()).decode(), is_base64=True) == [
        FieldError("body", "TOO_LONG")
    ]
    assert decoded("x" * MAX_BODY_BYTES)


@pytest.mark.parametrize(
    "text",
    [
        " ",
        "{",
        '{"a": "b"} x',
        '\ufeff{"a": "b"}',
        "a=1",
        "NaN",
        '{"a": Infinity}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 60_000,
    ],
)
def test_a_text_that_is_not_json_is_rejected(text: str) -> None:
    assert field_errors(parse_json_object, text) == [FieldError("body", "MALFORMED")]


@pytest.mark.parametrize("text", ["null", "[]", '[{"a": "b"}]', "7", '"a"'])
def test_json_that_is_not_an_object_is_rejected(text: str) -> None:
    assert field_errors(parse_json_object, text) == [FieldError("body", "WRONG_TYPE")]


@pytest.mark.parametrize("text", ['{"a": 1, "b": 2, "a": 3}', '{"b": {"a": 1, "a": 1}}'])
def test_a_repeated_field_is_rejected(text: str) -> None:
    assert field_errors(parse_json_object, text) == [FieldError("a", "REPEATED")]


def cost(call: Callable[[str], object], text: str) -> float:
    """Returns the CPU seconds of a call, the fewest of five."""

    def once() -> float:
        start = time.process_time()
        call(text)
        return time.process_time() - start

    return min(once() for _ in range(5))


def test_finding_one_repeated_field_among_thousands_is_cheap() -> None:
    text = "{" + ",".join(f'"{name}":0' for name in [*NAMES, NAMES[-1]]) + "}"
    assert len(text) < MAX_BODY_BYTES

    assert field_errors(parse_json_object, text) == [FieldError(NAMES[-1], "REPEATED")]
    assert cost(lambda body: field_errors(parse_json_object, body), text) < 30 * cost(json.loads, text)


def test_at_most_twenty_field_errors_are_returned() -> None:
    text = "{" + ",".join(f'"{name}":0' for name in NAMES[:3000] * 2) + "}"

    assert field_errors(parse_json_object, text) == [FieldError(name, "REPEATED") for name in NAMES[:20]]
