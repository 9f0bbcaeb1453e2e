"""Faults of single orders and of lists, which the local shop has no switch for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING

from local.shop.failures import FatalError, Fault

if TYPE_CHECKING:
    from local.shop.answers import Answer
    from local.shop.failures import Real


@dataclass(frozen=True)
class Holding(Fault):
    """Every answer that holds one of some orders fails in a way of their own; all others are right.

    Attributes:
        met: What was asked for where it failed.
    """

    how: Fault
    ids: frozenset[int]
    met: list[str] = field(default_factory=list, compare=False)

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer, or the failure instead."""
        whole = real()
        if not self.ids & _ids(whole):
            return whole
        self.met.append(target)
        return self.how.answer(lambda: whole, target)


@dataclass(frozen=True)
class Stalling(Fault):
    """Nothing comes before the client has given up."""

    seconds: float = 3.0

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The real answer, too late."""
        Event().wait(self.seconds)
        return real()


@dataclass(frozen=True)
class Cut(Fault):
    """A list that silently holds fewer orders than were asked for, with the right total."""

    at: int

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The real answer, cut."""
        whole = real()
        content = json.loads(whole.text)
        if not isinstance(content.get("items"), list):
            return whole
        return replace(whole, text=json.dumps(content | {"items": content["items"][: self.at]}))


@dataclass(frozen=True)
class Heavy(Fault):
    """More orders at a time than that are too much for the shop's memory."""

    over: int

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer, or PHP's end."""
        whole = real()
        return FatalError().answer(lambda: whole, target) if len(_ids(whole)) > self.over else whole


@dataclass(frozen=True)
class NoOrders(Fault):
    """A list that answers as long as it is empty."""

    how: Fault

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer, or the failure instead."""
        whole = real()
        return self.how.answer(lambda: whole, target) if _ids(whole) else whole


def holding(how: Fault, *ids: int) -> Holding:
    """The fault of these orders."""
    return Holding(how, frozenset(ids))


def _ids(answer: Answer) -> set[int]:
    try:
        content = json.loads(answer.text)
    except ValueError:
        return set()
    if not isinstance(content, dict):
        return set()
    orders = content.get("items") if "total_count" in content else [content]
    return {order["entity_id"] for order in orders or [] if "entity_id" in order}
