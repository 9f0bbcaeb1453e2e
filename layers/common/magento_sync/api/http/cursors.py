"""Cursors of paged lists: opaque to callers, and safe in a URL."""

from __future__ import annotations

import base64
import json
from datetime import datetime

from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError
from magento_sync.text import storable


def encode_cursor(list_name: str, filters: str, key: str, row_id: str) -> str:
    """Returns a cursor.

    Args:
        list_name: The list that it belongs to; another list refuses it.
        filters: The list's filters; the list refuses it with other filters.
        key: What the list is sorted by, of the page's last row. A time is ISO 8601 to the microsecond, without a zone.
        row_id: The id of that row.
    """
    return base64.urlsafe_b64encode(json.dumps([list_name, filters, key, row_id]).encode()).decode().rstrip("=")


def decode_cursor(list_name: str, filters: str, cursor: str) -> tuple[str, str]:
    """Returns the key, any text, and the id that `encode_cursor` was given.

    Raises:
        ApiError: 400: the cursor is broken, or belongs to another list or other filters.
    """
    try:
        _, _, key, row_id = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_"))
    except (TypeError, ValueError, RecursionError):
        raise bad_request(FieldError("cursor", "NOT_ALLOWED")) from None
    if cursor != encode_cursor(list_name, filters, storable(str(key)), storable(str(row_id))):
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return key, row_id


def decode_time_cursor(list_name: str, filters: str, cursor: str) -> tuple[str, str]:
    """Returns the time and the id that `encode_cursor` was given.

    Raises:
        ApiError: 400, as for `decode_cursor`, or for another time than `encode_cursor` is given.
    """
    moment, row_id = decode_cursor(list_name, filters, cursor)
    try:
        # PostgreSQL would also accept `now`.
        written = datetime.fromisoformat(moment).replace(tzinfo=None).isoformat(timespec="microseconds")
    except ValueError:
        written = None
    if moment != written:
        raise bad_request(FieldError("cursor", "NOT_ALLOWED"))
    return moment, row_id
