"""Text from elsewhere, made fit for PostgreSQL."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text without what PostgreSQL refuses: NUL is dropped, and half a surrogate pair, which JSON can spell, becomes `?`."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
