"""The header `Prefer` (RFC 7240): `wait` and `respond-async`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.request import parse_http_list

DEFAULT_WAIT_SECONDS = 20
MAX_WAIT_SECONDS = 25  # API Gateway times out after 30


@dataclass(frozen=True)
class Preference:
    """How many seconds a caller waits for a result, and which preferences they sent."""

    wait: int = DEFAULT_WAIT_SECONDS
    wait_given: bool = False
    respond_async: bool = False

    def applied(self, *, finished: bool) -> dict[str, str]:
        """Returns the header `Preference-Applied`. A response with the result has not applied `respond-async`."""
        applied = ["respond-async"] if self.respond_async and not finished else []
        applied += [f"wait={self.wait}"] if self.wait_given else []
        return {"Preference-Applied": ", ".join(applied)} if applied else {}


def parse_prefer(header: str | None) -> Preference:
    """Returns the header's preference; `respond-async` alone means no wait. Ignores what it cannot parse."""
    wait: int | None = None
    respond_async = False
    for preference in parse_http_list((header or "").lower()):
        name, _, value = preference.partition(";")[0].partition("=")
        seconds = value.strip().strip('"')
        if name.strip() == "wait" and wait is None and seconds.isascii() and seconds.isdigit():
            # The length is checked first: int() raises for very long numbers.
            wait = min(int(seconds), MAX_WAIT_SECONDS) if len(seconds) < len("1000") else MAX_WAIT_SECONDS
        respond_async = respond_async or name.strip() == "respond-async"
    if wait is None:
        return Preference(wait=0 if respond_async else DEFAULT_WAIT_SECONDS, respond_async=respond_async)
    return Preference(wait=wait, wait_given=True, respond_async=respond_async)
