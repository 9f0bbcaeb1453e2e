"""Failures of the local shop that only single tests need."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.shop.failures import Failure, error_page, fixed, maintenance
from local.shop.http.responses import JSON, Response, internal_error
from magento_sync.magento.client import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop.failures import Healthy
    from tests.support.system import System


class FailingOrders:
    """The failure of every response that contains one of these orders.

    Attributes:
        met: The targets of the requests that failed.
    """

    def __init__(self, failure: Failure, *ids: int) -> None:
        self.met: list[str] = []
        self._failure = failure
        self._ids = set(ids)

    def __call__(self, healthy: Healthy, target: str) -> Response:
        """Returns the healthy response, or the failure."""
        whole = healthy()
        if not self._ids & _ids(whole):
            return whole
        self.met.append(target)
        return self._failure(lambda: whole, target)


def delayed(seconds: float = 3.0) -> Failure:
    """The response comes after the client has given up."""
    return side_effect(lambda: Event().wait(seconds))


def failing_on(text: str, failure: Failure) -> Failure:
    """Requests whose decoded target contains a text fail."""
    return lambda healthy, target: failure(healthy, target) if text in unquote(target) else healthy()


def first_order_only() -> Failure:
    """A list that contains the shop's first order, whatever the filter."""
    order = {"entity_id": 1, "store_id": 1, "created_at": "2015-01-01 00:00:00"}
    text = json.dumps({"items": [order], "total_count": 1})
    return lambda healthy, _: replace(healthy(), text=text)


def random_failure(share: float, seed: int) -> Failure:
    """A share of the responses fails without a cause, the same in every run of a test."""
    chance = Random(seed)  # noqa: S311 - no secrets
    return lambda healthy, _: internal_error() if chance.random() < share else healthy()


def scripted(script: str) -> Failure:
    """Responses in the order of a script: `F` fails; any other letter and all later responses succeed."""
    letters = iter(script)
    return lambda healthy, _: internal_error() if next(letters, ".") == "F" else healthy()


def failing_first(order_id: int, times: int) -> Failure:
    """The first responses to requests for one order id fail, whether or not there is such an order."""
    left = iter(range(times))

    def respond(healthy: Healthy, target: str) -> Response:
        fails = _is_for(order_id, target) and next(left, None) is not None
        return internal_error() if fails else healthy()

    return respond


def on_request_for(order_id: int, effect: Callable[[], object]) -> Failure:
    """Nothing fails: a request for one order id, existing or not, has a side effect."""

    def respond(healthy: Healthy, target: str) -> Response:
        if _is_for(order_id, target):
            effect()
        return healthy()

    return respond


def side_effect(effect: Callable[[], object]) -> Failure:
    """Nothing fails: every request has a side effect before the shop answers."""

    def respond(healthy: Healthy, _target: str) -> Response:
        effect()
        return healthy()

    return respond


PAUSES: list[tuple[Failure, str, int]] = [
    (error_page(429, "7200"), "TOO_MANY_REQUESTS", 1),
    (error_page(429), "TOO_MANY_REQUESTS", 2 * ATTEMPTS),
    (maintenance("7200"), "MAINTENANCE", 1),
]
"""Responses that ask for a pause, the run's error code, and the most requests that are refused.

Without a date, the request and the control request after it are each sent three times.
"""


def count_refused(system: System) -> int:
    """Returns how many responses asked for a pause."""
    return sum(one.status in {429, 503} for one in system.shop.requests)


def fixed_json(status: int, content: object) -> Failure:
    """A response with that JSON as its body."""
    return fixed(status, json.dumps(content), JSON)


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
