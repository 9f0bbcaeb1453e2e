"""Ids as the app's Prisma client makes them: cuid, version 1."""

from __future__ import annotations

import itertools
import secrets
import time

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
BLOCK = len(ALPHABET) ** 4

_counter = itertools.count(secrets.randbelow(BLOCK))


def new_cuid() -> str:
    """25 characters: `c`, the milliseconds in base 36, a counter, and twelve random ones for fingerprint and chance.

    The database has no default for ids (Prisma's client makes them). A random fingerprint keeps execution environments
    apart better than a process id would: on Lambda that is nearly always the same.
    """
    milliseconds = _base36(time.time_ns() // 1_000_000, 8)
    count = _base36(next(_counter) % BLOCK, 4)
    chance = _base36(secrets.randbelow(BLOCK**3), 12)
    return f"c{milliseconds}{count}{chance}"


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
