"""Request bodies, read strictly: bounded, JSON objects only, each field once."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_BODY = 64 * 1024  # bytes; the longest that makes sense has some hundreds
JSON_TYPE = "application/json"


def with_readable_body(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event of an HTTP API (payload format 2.0) with its body as text.

    Raises:
        ApiError: 400: it is too long, no JSON by its media type, or no text.
    """
    body = event.get("body")
    if not body:
        return dict(event)
    content = _decoded(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
    if len(content) > LONGEST_BODY:
        raise bad_request(FieldError("body", "TOO_LONG"))
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if headers.get("content-type", JSON_TYPE).partition(";")[0].strip().lower() != JSON_TYPE:
        raise bad_request(FieldError("Content-Type", "NOT_ALLOWED"))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise bad_request(FieldError("body", "MALFORMED")) from None
    # As Powertools spells the type: it tells capitals apart.
    return {**event, "headers": {**headers, "content-type": JSON_TYPE}, "body": text, "isBase64Encoded": False}


def json_object(text: str) -> dict[str, Any]:
    """The JSON object that a body holds.

    Raises:
        ApiError: 400.
    """
    try:
        value = json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad_request(FieldError("body", "MALFORMED")) from None
    if not isinstance(value, dict):
        raise bad_request(FieldError("body", "WRONG_TYPE"))
    return value


def _decoded(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise bad_request(FieldError("body", "MALFORMED")) from None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    if len(counts) < len(pairs):
        raise bad_request(*(FieldError(name, "REPEATED") for name, count in counts.items() if count > 1))
    return dict(pairs)


def _no_number(name: str) -> NoReturn:
    """`NaN` and `Infinity` are Python's own, and no JSON."""
    raise ValueError(name)
