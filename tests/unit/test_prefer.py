"""The `Prefer` header."""

from __future__ import annotations

import pytest

from magento_sync.api.prefer import wait_seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 20),
        ("", 20),
        ("wait=5", 5),
        ("wait=0", 0),
        ("WAIT = 5", 5),
        ('wait="5"', 5),
        ("wait=26", 25),
        ("wait=" + "9" * 5000, 25),
        ("wait=-5", 20),
        ("wait=1.5", 20),
        ("wait=²", 20),
        ("wait", 20),
        ("return=minimal", 20),
        ("return=minimal, wait=3", 3),
        ("wait=3; x=y", 3),
        ("wait=3, wait=4", 3),
        ("respond-async", 0),
        ("respond-async, wait=10", 10),  # RFC 7240, section 4.3
        ("wait=10, respond-async", 10),
    ],
)
def test_seconds(header: str | None, seconds: float) -> None:
    assert wait_seconds(header) == seconds
