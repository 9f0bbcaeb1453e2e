"""The header `Prefer`."""

from __future__ import annotations

import pytest

from magento_sync.api.http.prefer import parse_prefer


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
        ('foo="wait=5', 20),  # no closing quote
        ("respond-async", 0),
        ("respond-async, wait=10", 10),  # RFC 7240, section 4.3
        ("wait=10, respond-async", 10),
    ],
)
def test_the_wait_is_parsed_and_anything_else_is_ignored(header: str | None, seconds: int) -> None:
    assert parse_prefer(header).wait == seconds


@pytest.mark.parametrize(
    ("header", "while_running", "finished"),
    [
        (None, None, None),
        ("wait=soon, return=minimal", None, None),
        ("wait=5", "wait=5", "wait=5"),
        ("wait=0", "wait=0", "wait=0"),
        ("wait=300", "wait=25", "wait=25"),  # the maximum
        ("respond-async", "respond-async", None),
        ("wait=10, respond-async", "respond-async, wait=10", "wait=10"),
    ],
)
def test_the_response_names_the_preferences_that_were_applied(
    header: str | None, while_running: str | None, finished: str | None
) -> None:
    preference = parse_prefer(header)

    assert preference.applied(finished=False).get("Preference-Applied") == while_running
    assert preference.applied(finished=True).get("Preference-Applied") == finished
