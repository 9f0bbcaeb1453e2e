"""Cursors of paged lists: only those that we made are accepted."""

from __future__ import annotations

import base64
import json
import re

import pytest

from magento_sync.api.http.cursors import decode_cursor, decode_time_cursor, encode_cursor
from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.field_errors import FieldError

FILTERS, TIME, ID = "website", "2026-01-01T00:00:00.000000", "x"
CURSOR = encode_cursor("runs", FILTERS, TIME, ID)


def base64_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_is_safe_in_a_url_and_gives_its_position_back() -> None:
    assert re.fullmatch("[A-Za-z0-9_-]+", CURSOR)
    assert decode_time_cursor("runs", FILTERS, CURSOR) == (TIME, ID)


@pytest.mark.parametrize("key", ["0shop.example", "1münchen.example/öl", "1😀", ""])
def test_a_cursor_of_a_list_sorted_by_text_gives_its_position_back(key: str) -> None:
    assert decode_cursor("websites", FILTERS, encode_cursor("websites", FILTERS, key, ID)) == (key, ID)


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
        base64_of(json.dumps(["runs", FILTERS, TIME, ID], separators=(",", ":"))),
        base64_of(json.dumps(["runs", FILTERS, TIME])),
        base64_of(json.dumps(["runs", FILTERS, TIME, ID, "y"])),
        base64_of(json.dumps(["runs", FILTERS, TIME, ["x"]])),
        base64_of(json.dumps(["runs", FILTERS, TIME, 7])),
        base64_of(json.dumps(["runs", FILTERS, 7, ID])),
        base64_of(json.dumps({"runs": 1, FILTERS: 1, TIME: 1, ID: 1})),
        encode_cursor("customers", FILTERS, TIME, ID),
        encode_cursor("runs", "other website", TIME, ID),
        encode_cursor("runs", FILTERS, "now", ID),
        encode_cursor("runs", FILTERS, "2026-01-01", ID),
        encode_cursor("runs", FILTERS, "2026-01-01T00:00:00", ID),
        encode_cursor("runs", FILTERS, TIME + "+00:00", ID),
        encode_cursor("runs", FILTERS, TIME + "\x00", ID),
        encode_cursor("runs", FILTERS, TIME, "x\x00"),
        encode_cursor("runs", FILTERS, TIME, "\ud800"),
    ],
)
def test_any_other_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(ApiError, match="BAD_REQUEST") as error:
        decode_time_cursor("runs", FILTERS, cursor)

    assert error.value.field_errors == [FieldError("cursor", "NOT_ALLOWED")]
