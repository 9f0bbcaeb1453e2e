"""The failures of one shop, switched on and off while it serves."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local.shop.failures import Failure, internal_error
from local.shop.http.request import Kind


@dataclass
class _Switch:
    failure: Failure
    kinds: tuple[Kind, ...]
    remaining: int | None
    skip: int


class FailureSwitches:
    """The failures of one shop. Any thread may call any method.

    Attributes:
        missigned: Characters in query values over which the shop computes OAuth signatures wrongly (#37278), such as
            `[],`; empty for none.
        extra_orders: Orders that every list contains besides the matching ones.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._switches: list[_Switch] = []
        self._damaged: dict[int, tuple[Failure, tuple[Kind, ...]]] = {}
        self.missigned = ""
        self.extra_orders: tuple[dict[str, Any], ...] = ()

    def damage(self, *entity_ids: int, failure: Failure | None = None, list_only: bool = False) -> None:
        """Damages orders.

        Args:
            entity_ids: Their ids.
            failure: What a response with such an order becomes, a list as well as the order alone; 500 if left out
                (70, 83).
            list_only: Whether the orders can be read alone (#32306).
        """
        kinds: tuple[Kind, ...] = ("list",) if list_only else ("list", "order")
        with self._lock:
            self._damaged |= dict.fromkeys(entity_ids, (failure or internal_error(), kinds))

    def heal(self, *entity_ids: int) -> None:
        """Repairs these orders, or all of them."""
        with self._lock:
            self._damaged = {one: how for one, how in self._damaged.items() if entity_ids and one not in entity_ids}

    def of_orders(self, entity_ids: Iterable[int], kind: Kind) -> Failure | None:
        """Returns the failure of a response with these orders, if one of them is damaged."""
        with self._lock:
            damaged = (self._damaged[one] for one in entity_ids if one in self._damaged)
            return next((failure for failure, kinds in damaged if kind in kinds), None)

    def switch_on(self, failure: Failure, *kinds: Kind, times: int | None = None, after: int = 0) -> None:
        """Makes requests fail. Of several failures, the first one switched on applies.

        Args:
            failure: How they fail.
            kinds: Which requests, such as `"list"`; all if left out.
            times: How many of them; all until `switch_off` if left out.
            after: How many of them succeed before.
        """
        with self._lock:
            self._switches.append(_Switch(failure, kinds, times, after))

    def switch_off(self, failure: Failure | None = None) -> None:
        """Ends that failure, or all of them. Damaged orders and the attributes stay."""
        with self._lock:
            self._switches = [one for one in self._switches if failure is not None and one.failure is not failure]

    def next_for(self, kind: Kind) -> Failure | None:
        """Returns the failure of the next request of that kind, and counts the request."""
        with self._lock:
            for switch in self._switches:
                if switch.remaining == 0 or (switch.kinds and kind not in switch.kinds):
                    continue
                if switch.skip > 0:
                    switch.skip -= 1
                    continue
                if switch.remaining is not None:
                    switch.remaining -= 1
                return switch.failure
            return None
