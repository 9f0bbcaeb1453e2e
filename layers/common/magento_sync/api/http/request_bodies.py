"""Request bodies: JSON objects of limited size that give each field once."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

from magento_sync.api.http.errors import bad_request
from magento_sync.api.http.field_errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY_BYTES = 64 * 1024  # a valid body has a few hundred
JSON_TYPE = "application/json"


def with_decoded_body(event: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the event of an HTTP API (payload format 2.0) with its body as text.

    Raises:
        ApiError: 400: the body is too long, has another media type than JSON, or is not valid UTF-8.
    """
    body = event.get("body")
    if not body:
        return dict(event)
    content = _decode_base64(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
    if len(content) > MAX_BODY_BYTES:
        raise bad_request(FieldError("body", "TOO_LONG"))
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if headers.get("content-type", JSON_TYPE).partition(";")[0].strip().lower() != JSON_TYPE:
        raise bad_request(FieldError("Content-Type", "NOT_ALLOWED"))
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise bad_request(FieldError("body", "MALFORMED")) from None
    # Powertools compares the media type with regard to case.
    return {**event, "headers": {**headers, "content-type": JSON_TYPE}, "body": text, "isBase64Encoded": False}


def parse_json_object(text: str) -> dict[str, Any]:
    """Returns the JSON object in a body.

    Raises:
        ApiError: 400: the text is not JSON, not an object, or repeats a field.
    """
    try:
        value = json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise bad_request(FieldError("body", "MALFORMED")) from None
    if not isinstance(value, dict):
        raise bad_request(FieldError("body", "WRONG_TYPE"))
    return value


def _decode_base64(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise bad_request(FieldError("body", "MALFORMED")) from None


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    if len(counts) < len(pairs):
        raise bad_request(*(FieldError(name, "REPEATED") for name, count in counts.items() if count > 1))
    return dict(pairs)


def _reject_constant(name: str) -> NoReturn:
    """Rejects `NaN` and `Infinity`, which Python accepts and JSON does not have."""
    raise ValueError(name)
