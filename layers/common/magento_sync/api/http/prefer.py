"""The `Prefer` header (RFC 7240), as far as it is honoured here."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.request import parse_http_list

USUAL_SECONDS = 20
LONGEST_SECONDS = 25  # an HTTP API gives up at 30


@dataclass(frozen=True)
class Preference:
    """How a caller wants to be answered.

    Attributes:
        wait: Seconds to wait for the result.
        waits: Whether they said so.
        leaves: Whether they said that they need not wait (`respond-async`).
    """

    wait: int = USUAL_SECONDS
    waits: bool = False
    leaves: bool = False

    def applied(self, *, finished: bool) -> dict[str, str]:
        """The header that says what was honoured; `respond-async` was not where the answer is the result."""
        honoured = ["respond-async"] if self.leaves and not finished else []
        honoured += [f"wait={self.wait}"] if self.waits else []
        return {"Preference-Applied": ", ".join(honoured)} if honoured else {}


def preference_of(prefer: str | None) -> Preference:
    """Reads `wait=N` and `respond-async`, which alone means not to wait at all; what cannot be read is passed over."""
    wait: int | None = None
    leaves = False
    for preference in parse_http_list((prefer or "").lower()):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip() == "wait" and wait is None and seconds.isascii() and seconds.isdigit():
            # Compared by length first: int() refuses very long numbers.
            wait = min(int(seconds), LONGEST_SECONDS) if len(seconds) < len("1000") else LONGEST_SECONDS
        leaves = leaves or name.strip() == "respond-async"
    if wait is None:
        return Preference(wait=0 if leaves else USUAL_SECONDS, leaves=leaves)
    return Preference(wait=wait, waits=True, leaves=leaves)
