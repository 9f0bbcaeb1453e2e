"""Faults of single orders and of lists, which the local shop has no switch for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.shop.failures import FatalError, Fault, Maintenance, TooManyRequests
from local.shop.http.responses import Answer, internal_error
from magento_sync.magento.client import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.shop.failures import Real
    from tests.support.system import System


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


@dataclass(frozen=True)
class Naming(Fault):
    """Requests that name something fail."""

    word: str
    how: Fault

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer, or the failure instead."""
        return self.how.answer(real, target) if self.word in unquote(target) else real()


@dataclass(frozen=True)
class OldestFirst(Fault):
    """A list that shows the shop's first order, whatever is asked for."""

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """An answer in the right shape."""
        order = {"entity_id": 1, "store_id": 1, "created_at": "2015-01-01 00:00:00"}
        return replace(real(), text=json.dumps({"items": [order], "total_count": 1}))


@dataclass(frozen=True)
class Says(Fault):
    """That answer, whatever is asked."""

    status: int
    content: object

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The answer, as JSON."""
        return Answer(self.status, json.dumps(self.content))


@dataclass(frozen=True)
class Chance(Fault):
    """Answers that fail without a cause, as often as a share says."""

    share: float
    random: Random

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The real answer, or the failure instead."""
        return internal_error() if self.random.random() < self.share else real()


@dataclass(frozen=True)
class Scripted(Fault):
    """Answers that fail in turn as a script says: `F` fails, all else and what comes after it is right."""

    script: Iterator[str]

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The real answer, or the failure instead."""
        return internal_error() if next(self.script, ".") == "F" else real()


@dataclass(frozen=True)
class FailingFirst(Fault):
    """The first answers about some order fail, whether there is such an order or not."""

    order_id: int
    times: list[int]

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer, or the failure instead."""
        if not target.partition("?")[0].endswith(f"/orders/{self.order_id}") or not self.times:
            return real()
        self.times.pop()
        return internal_error()


@dataclass(frozen=True)
class WhenAsked(Fault):
    """All answers are right, and something happens when some order is asked for, whether there is one or not."""

    order_id: int
    happens: Callable[[], object]

    def answer(self, real: Real, target: str) -> Answer:
        """The real answer."""
        if target.partition("?")[0].endswith(f"/orders/{self.order_id}"):
            self.happens()
        return real()


@dataclass(frozen=True)
class Meanwhile(Fault):
    """No fault of its own: something happens just before the shop answers."""

    happens: Callable[[], object]

    def answer(self, real: Real, target: str) -> Answer:  # noqa: ARG002 - the parent's names
        """The real answer, after what happens."""
        self.happens()
        return real()


PAUSES: list[tuple[Fault, str, int]] = [
    (TooManyRequests("7200"), "TOO_MANY_REQUESTS", 1),
    (TooManyRequests(), "TOO_MANY_REQUESTS", ATTEMPTS),
    (Maintenance("7200"), "MAINTENANCE", 1),
]
"""Ways to ask for a pause, the run's code, and how often the shop may be asked all the same."""


def turned_away(system: System) -> int:
    """How many requests were answered with the wish for a pause."""
    return sum(one.status in {429, 503} for one in system.shop.requests)


def by_chance(share: float, seed: int) -> Chance:
    """Failures without a cause, the same in every test."""
    return Chance(share, Random(seed))  # noqa: S311 - no secrets


def failing_first(order_id: int, times: int) -> FailingFirst:
    """An order, or none, whose first answers fail."""
    return FailingFirst(order_id, [1] * times)


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
