"""Cursors of paged lists: opaque to callers, and safe in a URL."""

from __future__ import annotations

import base64
import json

from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.text import storable


def encode_cursor(list_name: str, *parts: str) -> str:
    """Returns a cursor.

    Args:
        list_name: The list that it belongs to; another list refuses it.
        parts: The list's filters, and the position of the page's last row.
    """
    return base64.urlsafe_b64encode(json.dumps([list_name, *parts]).encode()).decode().rstrip("=")


def decode_cursor(list_name: str, cursor: str, count: int) -> list[str]:
    """Returns the parts that `encode_cursor` was given.

    Raises:
        ApiError: 400: the cursor is broken, or belongs to another list.
    """
    try:
        value = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        value = None
    if (
        not isinstance(value, list)
        or len(value) != count + 1
        or not all(isinstance(part, str) and part == storable(part) for part in value)
        or value[0] != list_name
        or cursor != encode_cursor(*value)
    ):
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return value[1:]
