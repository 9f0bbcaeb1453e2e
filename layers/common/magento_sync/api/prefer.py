"""The `Prefer` header (RFC 7240), as far as it is honoured here."""

from __future__ import annotations

USUAL_SECONDS = 20.0
LONGEST_SECONDS = 25.0  # an HTTP API gives up at 30


def wait_seconds(prefer: str | None) -> float:
    """How long a caller wants to wait for the result: `wait=N`, or not at all with `respond-async` alone."""
    seconds_unless_told = USUAL_SECONDS
    for preference in (prefer or "").lower().split(","):
        name, _, value = preference.partition(";")[0].strip().partition("=")
        if name.strip() == "wait" and (seconds := value.strip().strip('"')).isascii() and seconds.isdigit():
            return min(float(seconds), LONGEST_SECONDS)
        if name.strip() == "respond-async":
            seconds_unless_told = 0.0
    return seconds_unless_told
