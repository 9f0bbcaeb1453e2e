"""Failures of the local shop that only single tests need."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.shop.failures import Failure, Fixed, Maintenance, TooManyRequests
from local.shop.http.responses import JSON, Response, internal_error
from magento_sync.magento.client import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.shop.failures import Healthy
    from tests.support.system import System


@dataclass(frozen=True)
class FailingOrders(Failure):
    """Every response that contains one of some orders fails.

    Attributes:
        met: The targets of the requests that failed.
    """

    failure: Failure
    ids: frozenset[int]
    met: list[str] = field(default_factory=list, compare=False)

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure."""
        whole = healthy()
        if not self.ids & _ids(whole):
            return whole
        self.met.append(target)
        return self.failure.respond(lambda: whole, target)


@dataclass(frozen=True)
class Delayed(Failure):
    """The response comes after the client has given up."""

    seconds: float = 3.0

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, too late."""
        Event().wait(self.seconds)
        return healthy()


@dataclass(frozen=True)
class FailingOn(Failure):
    """Requests whose decoded target contains a text fail."""

    text: str
    failure: Failure

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure."""
        return self.failure.respond(healthy, target) if self.text in unquote(target) else healthy()


@dataclass(frozen=True)
class FirstOrderOnly(Failure):
    """A list that contains the shop's first order, whatever the filter."""

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns a list in the right form."""
        order = {"entity_id": 1, "store_id": 1, "created_at": "2015-01-01 00:00:00"}
        return replace(healthy(), text=json.dumps({"items": [order], "total_count": 1}))


@dataclass(frozen=True)
class RandomFailure(Failure):
    """A share of the responses fails without a cause."""

    share: float
    random: Random

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, or the failure."""
        return internal_error() if self.random.random() < self.share else healthy()


@dataclass(frozen=True)
class Scripted(Failure):
    """Responses in the order of a script: `F` fails; any other letter and all later responses succeed."""

    script: Iterator[str]

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response, or the failure."""
        return internal_error() if next(self.script, ".") == "F" else healthy()


@dataclass(frozen=True)
class FailingFirst(Failure):
    """The first responses to requests for one order id fail, whether or not there is such an order."""

    order_id: int
    times: list[int]

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response, or the failure."""
        if not _is_for(self.order_id, target) or not self.times:
            return healthy()
        self.times.pop()
        return internal_error()


@dataclass(frozen=True)
class OnRequestFor(Failure):
    """Nothing fails: a request for one order id, existing or not, has a side effect."""

    order_id: int
    effect: Callable[[], object]

    def respond(self, healthy: Healthy, target: str, /) -> Response:
        """Returns the healthy response."""
        if _is_for(self.order_id, target):
            self.effect()
        return healthy()


@dataclass(frozen=True)
class SideEffect(Failure):
    """Nothing fails: every request has a side effect before the shop answers."""

    effect: Callable[[], object]

    def respond(self, healthy: Healthy, _target: str, /) -> Response:
        """Returns the healthy response."""
        self.effect()
        return healthy()


PAUSES: list[tuple[Failure, str, int]] = [
    (TooManyRequests("7200"), "TOO_MANY_REQUESTS", 1),
    (TooManyRequests(), "TOO_MANY_REQUESTS", 2 * ATTEMPTS),
    (Maintenance("7200"), "MAINTENANCE", 1),
]
"""Responses that ask for a pause, the run's error code, and the most requests that are refused.

Without a date, the request and the control request after it are each sent three times.
"""


def count_refused(system: System) -> int:
    """Returns how many responses asked for a pause."""
    return sum(one.status in {429, 503} for one in system.shop.requests)


def fixed_json(status: int, content: object) -> Fixed:
    """Returns a failure with that JSON as its body."""
    return Fixed(status, json.dumps(content), JSON)


def random_failure(share: float, seed: int) -> RandomFailure:
    """Returns random failures that are the same in every run of a test."""
    return RandomFailure(share, Random(seed))  # noqa: S311 - no secrets


def failing_first(order_id: int, times: int) -> FailingFirst:
    """Returns the failure of the first requests for an order id."""
    return FailingFirst(order_id, [1] * times)


def failing_orders(failure: Failure, *ids: int) -> FailingOrders:
    """Returns the failure of these orders."""
    return FailingOrders(failure, frozenset(ids))


def _is_for(order_id: int, target: str) -> bool:
    return target.partition("?")[0].endswith(f"/orders/{order_id}")


def _ids(response: Response) -> set[int]:
    try:
        content = json.loads(response.text)
    except ValueError:
        return set()
    if not isinstance(content, dict):
        return set()
    orders = content.get("items") if "total_count" in content else [content]
    return {order["entity_id"] for order in orders or [] if "entity_id" in order}
