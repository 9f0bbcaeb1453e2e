"""The `Prefer` header."""

from __future__ import annotations

import pytest

from magento_sync.api.http.prefer import preference_of


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
        ('foo="a, wait=5", wait=3', 3),
        ('foo="a; wait=5", wait=3', 3),
        ('foo="\\", wait=5", wait=3', 3),
        ('foo="respond-async, x"', 20),
        ('foo="wait=5', 20),  # never ends
        ("respond-async", 0),
        ("respond-async, wait=10", 10),  # RFC 7240, section 4.3
        ("wait=10, respond-async", 10),
    ],
)
def test_seconds(header: str | None, seconds: int) -> None:
    assert preference_of(header).wait == seconds


@pytest.mark.parametrize(
    ("header", "going", "finished"),
    [
        (None, None, None),
        ("wait=soon, return=minimal", None, None),
        ("wait=5", "wait=5", "wait=5"),
        ("wait=0", "wait=0", "wait=0"),
        ("wait=300", "wait=25", "wait=25"),  # what was done, not what was asked
        ("respond-async", "respond-async", None),
        ("wait=10, respond-async", "respond-async, wait=10", "wait=10"),
    ],
)
def test_what_was_applied_is_told(header: str | None, going: str | None, finished: str | None) -> None:
    preference = preference_of(header)

    assert preference.applied(finished=False).get("Preference-Applied") == going
    assert preference.applied(finished=True).get("Preference-Applied") == finished
