"""Text from elsewhere, made fit for PostgreSQL and for comparison."""

from __future__ import annotations

import unicodedata


def storable(text: str) -> str:
    """Returns the text as PostgreSQL can store it: without NUL, and with `?` for half a surrogate pair (valid JSON)."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def containing(text: str) -> str:
    """Returns a LIKE pattern that finds the text anywhere, with its metacharacters escaped."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def visible(text: str) -> str:
    """Returns the text without invisible characters, such as zero-width spaces, byte order marks and soft hyphens."""
    if text.isascii() and text.isprintable():  # most texts; the rest takes twenty times as long
        return text
    return "".join(one for one in text if one.isspace() or unicodedata.category(one) not in {"Cf", "Cc"})
