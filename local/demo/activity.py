"""What happens in the slow shop while the stack serves, so that a page in development has something to show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.demo.shops import DAMAGED_ORDER
from local.shop import Latency

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.shop import Shop

SLOW = Latency(per_request=2.0, per_order=0.01)
"""Slow enough to see a run, to start it a second time (409), and to stop it."""
STEPS_TO_SYNC = 4
STEPS_TO_HEAL = 9
LATE_ORDER_EVERY = 6
STEPS_TO_APPEAR = 2


class Activity:
    """The shop's life; the caller calls `step` every five seconds.

    Every step brings an order, every fourth a tick of the schedule. Some orders become visible after later ones, as in
    a checkout whose transaction takes long. The damaged order heals after 45 seconds.

    Args:
        shop: The slow shop, which serves.
        fire_schedule: Starts the syncs that are due.
        say: Shows a sentence.
    """

    def __init__(self, shop: Shop, fire_schedule: Callable[[], object], say: Callable[[str], None]) -> None:
        self._shop = shop
        self._fire_schedule = fire_schedule
        self._say = say
        self._steps = 0
        self._late: list[int] = []
        shop.configure(latency=SLOW)

    def step(self) -> None:
        """Does what happens next."""
        self._steps += 1
        if self._steps % LATE_ORDER_EVERY == 1:
            self._late.append(self._shop.orders.reserve())
        if self._steps % LATE_ORDER_EVERY == 1 + STEPS_TO_APPEAR:
            late = self._late.pop()
            self._sell(late)
            self._say(f"Order {late} of klompen.example becomes visible after later ones; the next sync reads it.")
        self._sell(self._shop.orders.reserve())
        if self._steps == STEPS_TO_HEAL:
            self._shop.failures.heal(DAMAGED_ORDER)
            self._say(f"Order {DAMAGED_ORDER} of klompen.example can be read again: a sync by hand imports it.")
        if self._steps % STEPS_TO_SYNC == 0:
            self._fire_schedule()

    def _sell(self, order_id: int) -> None:
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
        self._shop.orders.commit(order_id, created_at=now)
