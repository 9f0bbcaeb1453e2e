"""Failures of the connection: a response that breaks off, never ends, or is preceded by others."""

from dataclasses import dataclass, replace
from typing import Literal

from local.shop.failures.base import Failure, Healthy
from local.shop.http.responses import Response, internal_error

_HALF = 0.5


@dataclass(frozen=True)
class Reset(Failure):
    """The connection is reset, before the response or after half of its body."""

    half_way: bool = False

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, marked."""
        return replace(_partial(healthy, half_way=self.half_way), reset=True)


@dataclass(frozen=True)
class CutOff(Failure):
    """Half of the body arrives; `framed` hides the cut from HTTP, as a faulty proxy does."""

    framed: bool = False

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, cut or marked."""
        whole = healthy()
        if not self.framed:
            return replace(whole, sent_share=_HALF)
        return replace(whole, text=whole.text[: len(whole.text) // 2])


@dataclass(frozen=True)
class Stall(Failure):
    """The shop falls silent until the client disconnects, before the response or after half of its body."""

    half_way: bool = False

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, marked."""
        return replace(_partial(healthy, half_way=self.half_way), linger="stall")


@dataclass(frozen=True)
class Drip(Failure):
    """Single bytes arrive without an end, each within the time-out of one read."""

    part: Literal["head", "body"] = "body"

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, marked."""
        return replace(healthy(), linger="drip head" if self.part == "head" else "drip body")


@dataclass(frozen=True)
class EarlyHints(Failure):
    """Informational responses precede the real response: 103 of a content delivery network, or 100 or 102."""

    statuses: tuple[int, ...] = (103,)

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, marked."""
        return replace(healthy(), informational=self.statuses)


def _partial(healthy: Healthy, *, half_way: bool) -> Response:
    """Returns half of the healthy response, or none of it: then it is not computed."""
    return replace(healthy(), sent_share=_HALF) if half_way else replace(internal_error(), sent_share=0.0)
