"""Failures of the connection: what was begun does not end as it should."""

from dataclasses import dataclass, replace
from typing import Literal

from local.shop.failures.base import Fault, Real
from local.shop.http.responses import Answer, internal_error

_HALF = 0.5


@dataclass(frozen=True)
class Reset(Fault):
    """The connection is reset, before anything is sent or after half of the body."""

    half_way: bool = False

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, marked."""
        return replace(_begun(real, half_way=self.half_way), reset=True)


@dataclass(frozen=True)
class CutOff(Fault):
    """Half of the body; `framed` makes the cut invisible to HTTP, as a careless proxy does."""

    framed: bool = False

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, cut or marked."""
        whole = real()
        if not self.framed:
            return replace(whole, keep=_HALF)
        return replace(whole, text=whole.text[: len(whole.text) // 2])


@dataclass(frozen=True)
class Stall(Fault):
    """The shop falls silent until the caller has gone, before anything is sent or after half of the body."""

    half_way: bool = False

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, marked."""
        return replace(_begun(real, half_way=self.half_way), linger="stall")


@dataclass(frozen=True)
class Drip(Fault):
    """Bytes come one at a time and never end, each soon enough for a time-out of single reads."""

    part: Literal["head", "body"] = "body"

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """The real answer, marked."""
        return replace(real(), linger="drip head" if self.part == "head" else "drip body")


@dataclass(frozen=True)
class EarlyHints(Fault):
    """Informational answers come before the real one: 103 of a content delivery network, or 100 or 102."""

    statuses: tuple[int, ...] = (103,)

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002
        """Returns the real answer, preceded by these."""
        return replace(real(), informational=self.statuses)


def _begun(real: Real, *, half_way: bool) -> Answer:
    """Half of the real answer, or nothing: then it is not computed."""
    return replace(real(), keep=_HALF) if half_way else replace(internal_error(), keep=0.0)
