"""Cursors of paged lists: only those that we made are accepted."""

from __future__ import annotations

import base64
import json
import re

import pytest

from magento_sync.api.http.cursors import decode_cursor, encode_cursor
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.field_errors import FieldError

PARTS = ["website", "2026-01-01T00:00:00", "x"]
CURSOR = encode_cursor("runs", *PARTS)


def base64_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_is_safe_in_a_url_and_gives_its_parts_back() -> None:
    assert re.fullmatch("[A-Za-z0-9_-]+", CURSOR)
    assert decode_cursor("runs", CURSOR, 3) == PARTS


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "=",
        "a b",
        "%00",
        "ÿ",
        "AAAA",
        "W10",
        "[" * 1000,
        CURSOR[:-1],
        CURSOR[1:],
        CURSOR + "A",
        base64_of("[" * 1000),
        base64_of("[]"),
        base64_of("7"),
        base64_of('["runs"]'),
        base64_of(json.dumps(["runs", *PARTS], separators=(",", ":"))),
        base64_of(json.dumps(["runs", *PARTS[:2], ["x"]])),
        base64_of(json.dumps(["runs", *PARTS[:2], 7])),
        encode_cursor("customers", *PARTS),
        encode_cursor("runs", *PARTS[:2]),
        encode_cursor("runs", *PARTS, "y"),
        encode_cursor("runs", *PARTS[:2], "x\x00"),
        encode_cursor("runs", *PARTS[:2], "\ud800"),
    ],
)
def test_any_other_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(ApiError, match="BAD_REQUEST") as error:
        decode_cursor("runs", cursor, 3)

    assert error.value.field_errors == [FieldError("cursor", "NOT_ALLOWED")]
