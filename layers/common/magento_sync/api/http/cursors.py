"""Places in a list, as callers hand them back: opaque, and safe in a URL."""

from __future__ import annotations

import base64
import json

from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.text import storable


def cursor_of(kind: str, *parts: str) -> str:
    """A cursor.

    Args:
        kind: Which list; another's cursor is refused.
        parts: Where in it, and of what selection.
    """
    return base64.urlsafe_b64encode(json.dumps([kind, *parts]).encode()).decode().rstrip("=")


def parts_of(kind: str, cursor: str, count: int) -> list[str]:
    """What `cursor_of` was given.

    Raises:
        ApiError: 400: broken, or another list's.
    """
    try:
        value = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        value = None
    if (
        not isinstance(value, list)
        or len(value) != count + 1
        or not all(isinstance(part, str) and part == storable(part) for part in value)
        or value[0] != kind
        or cursor != cursor_of(*value)
    ):
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return value[1:]
