"""How many orders of a run are damaged: a few are theirs, many are the shop's failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopNeedsPerson

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_DAMAGED = 20  # in one run; after that something else is the matter


@dataclass
class Damage:
    """The orders found damaged in a run, whichever way it reads.

    Attributes:
        before: How many there were in its earlier invocations.
        found: Ids of those found since. Finding one again does not count.
    """

    before: int = 0
    found: set[int] = field(default_factory=set)

    def room(self, also: Collection[int] = ()) -> int:
        """How many more there may be, after some that are yet to be believed."""
        return max(MOST_DAMAGED - self.before - len(self.found.union(also)), 0)


def too_many_damaged() -> ShopNeedsPerson:
    """What the run fails with where there are more."""
    return ShopNeedsPerson("TOO_MANY_DAMAGED", {"count": MOST_DAMAGED})
