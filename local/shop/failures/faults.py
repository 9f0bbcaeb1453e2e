"""What goes wrong at a shop: switched on and off while it serves."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from local.shop.failures import Fault, InternalError
from local.shop.http.request import Kind


@dataclass(frozen=True)
class Slow:
    """Extra seconds for each request, and for each order of a page beyond `over`."""

    per_request: float = 0.0
    per_order: float = 0.0
    over: int = 0

    def seconds(self, orders: int) -> float:
        """What an answer with that many orders costs more."""
        return self.per_request + self.per_order * max(orders - self.over, 0)


@dataclass(frozen=True)
class Damage:
    """What an order does to the answers that hold it.

    Attributes:
        fault: How they fail.
        list_only: Whether only lists fail, and the order can be read alone (#32306).
    """

    fault: Fault
    list_only: bool


@dataclass
class _Switched:
    fault: Fault
    on: frozenset[Kind]
    left: int | None
    wait: int


class Faults:
    """The faults of one shop; every method may be called from any thread.

    Attributes:
        mis_signs: Signed requests whose values hold some characters are refused (#37278).
        mis_signed: Those characters.
        slow: Extra time, or None.
        mixed_in: Orders that every list page holds besides the right ones.
    """

    def __init__(self) -> None:
        """Start healthy."""
        self._lock = threading.Lock()
        self._switched: list[_Switched] = []
        self._damage: dict[int, Damage] = {}
        self.mis_signs = False
        self.mis_signed = "[],"
        self.slow: Slow | None = None
        self.mixed_in: tuple[dict[str, Any], ...] = ()

    def damage(self, *entity_ids: int, fault: Fault | None = None, list_only: bool = False) -> None:
        """Damage these orders.

        Args:
            entity_ids: Their ids.
            fault: How an answer fails that holds one, a page as well as the order alone; 500, if left out (70, 83).
            list_only: Whether only lists fail, and the orders can be read alone.
        """
        with self._lock:
            self._damage |= dict.fromkeys(entity_ids, Damage(fault or InternalError(), list_only))

    def heal(self, *entity_ids: int) -> None:
        """Mend these orders; without ids, all."""
        with self._lock:
            self._damage = {one: how for one, how in self._damage.items() if entity_ids and one not in entity_ids}

    def damage_among(self, entity_ids: Iterable[int], kind: Kind) -> Fault | None:
        """How an answer of that kind with these orders fails, if it does."""
        with self._lock:
            found = (self._damage[one] for one in entity_ids if one in self._damage)
            return next((one.fault for one in found if kind == "list" or not one.list_only), None)

    def switch_on(self, fault: Fault, *on: Kind, times: int | None = None, after: int = 0) -> None:
        """Let requests fail; of several faults, the one switched on first takes the request.

        Args:
            fault: How.
            on: Which requests, such as `"list"`; all, if left out.
            times: For that many of them; until switched off, if left out.
            after: Only after that many of them have passed.
        """
        with self._lock:
            self._switched.append(_Switched(fault, frozenset(on), times, after))

    def switch_off(self, fault: Fault | None = None) -> None:
        """Switch that fault off, or all of them. Damage, slowness and the other attributes stay."""
        with self._lock:
            self._switched = [one for one in self._switched if fault is not None and one.fault != fault]

    def take(self, kind: Kind) -> Fault | None:
        """The fault that the next request of that kind meets; counts it."""
        with self._lock:
            for one in self._switched:
                if one.left == 0 or (one.on and kind not in one.on):
                    continue
                if one.wait > 0:
                    one.wait -= 1
                    continue
                if one.left is not None:
                    one.left -= 1
                return one.fault
            return None
