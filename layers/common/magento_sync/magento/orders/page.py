"""What a reader brings: a page of orders, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.magento.orders.order import Order


class ProbeCursor(NamedTuple):
    """How far a run has probed.

    Attributes:
        looked_up_to: The highest id that was asked for, whether there is an order or not.
        exists_up_to: The highest id of an order that was met, read or not.
    """

    looked_up_to: int = 0
    exists_up_to: int = 0


@dataclass(frozen=True)
class Page:
    """Orders that were read together.

    Attributes:
        orders: Each checked against what was asked for; ascending by id, unless asked for newest first.
        last: Whether the shop has nothing more for now.
        total: How many orders are left to read by the shop's count, with this page's; None if it does not count.
        damaged: Ids of orders that the shop cannot give, though it gives the others.
        elsewhere: Ids of other stores' orders, met while probing.
        certain_up_to: The id up to which nothing is missing, so that the watermark may rise; None for the whole page.
        probe_cursor: How far probing has got; None where the list was read.
    """

    orders: Sequence[Order]
    last: bool
    total: int | None = None
    damaged: Sequence[int] = ()
    elsewhere: Sequence[int] = ()
    certain_up_to: int | None = None
    probe_cursor: ProbeCursor | None = None

    @property
    def newest_id(self) -> int:
        """The highest id of the orders that were read, or 0."""
        return max((order.id for order in self.orders), default=0)
