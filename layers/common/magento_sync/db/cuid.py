"""Ids in the form of Prisma's `cuid()`: cuid version 1."""

from __future__ import annotations

import itertools
import secrets
import time
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
BLOCK = len(ALPHABET) ** 4


def new_cuid() -> str:
    """Returns 25 characters: `c`, the milliseconds in base 36, a counter, and twelve random hexadecimal digits.

    The database has no default for ids, because Prisma's client makes them. Cuid's fingerprint is random here: a
    process id, which it is elsewhere, is nearly always the same on Lambda.
    """
    milliseconds = _base36(time.time_ns() // 1_000_000, 8)
    count = _base36(next(_counter()) % BLOCK, 4)
    return f"c{milliseconds}{count}{secrets.token_hex(6)}"


@cache
def _counter() -> Iterator[int]:
    # Started at the first use: with SnapStart, what is drawn at import is the same in every copy of the snapshot.
    return itertools.count(secrets.randbelow(BLOCK))


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
