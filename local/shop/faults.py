"""What goes wrong at a shop: switched on and off while it serves."""

import threading
from dataclasses import dataclass
from typing import Any

from local.shop.failures import Fault
from local.shop.request import Kind


@dataclass(frozen=True)
class Slow:
    """Extra seconds for each request, and for each order of a page beyond `over`."""

    per_request: float = 0.0
    per_order: float = 0.0
    over: int = 0

    def seconds(self, orders: int) -> float:
        """What an answer with that many orders costs more."""
        return self.per_request + self.per_order * max(orders - self.over, 0)


@dataclass
class _Switched:
    fault: Fault
    on: frozenset[Kind]
    left: int | None
    wait: int


class Faults:
    """The faults of one shop; every method may be called from any thread.

    Attributes:
        mis_signs: Signed requests whose values hold brackets or commas are refused (#37278).
        slow: Extra time, or None.
        mixed_in: Orders that every list page holds besides the right ones.
    """

    def __init__(self) -> None:
        """Start healthy."""
        self._lock = threading.Lock()
        self._switched: list[_Switched] = []
        self._damaged: frozenset[int] = frozenset()
        self.mis_signs = False
        self.slow: Slow | None = None
        self.mixed_in: tuple[dict[str, Any], ...] = ()

    @property
    def damaged(self) -> frozenset[int]:
        """The ids of the orders that cannot be read: 500 alone and for every page that holds one (70, 83)."""
        return self._damaged

    def damage(self, *entity_ids: int) -> None:
        """Damage these orders."""
        with self._lock:
            self._damaged |= set(entity_ids)

    def heal(self, *entity_ids: int) -> None:
        """Mend these orders; without ids, all."""
        with self._lock:
            self._damaged -= set(entity_ids) or self._damaged

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
