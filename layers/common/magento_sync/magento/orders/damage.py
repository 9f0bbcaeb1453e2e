"""How many orders of a run are damaged: a few are the orders' fault, many are the shop's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_DAMAGED = 20  # in one run; more are the shop's failure


@dataclass
class Damage:
    """The orders found damaged in a run, by the list or by id.

    Attributes:
        before: How many its earlier invocations found.
        found: Ids of those found since; finding an order again does not count.
    """

    before: int = 0
    found: set[int] = field(default_factory=set)

    def room(self, also: Collection[int] = ()) -> int:
        """Returns how many more there may be, after some that are not confirmed yet."""
        return max(MOST_DAMAGED - self.before - len(self.found.union(also)), 0)


def too_many_damaged() -> ShopNeedsPerson:
    """Returns what the run fails with where there are more."""
    return ShopNeedsPerson("TOO_MANY_DAMAGED", {"count": MOST_DAMAGED})
