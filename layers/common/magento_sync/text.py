"""Text that PostgreSQL can store."""

from __future__ import annotations


def storable(text: str) -> str:
    """Returns the text as PostgreSQL can store it: without NUL, and with `?` for half a surrogate pair (valid JSON)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
