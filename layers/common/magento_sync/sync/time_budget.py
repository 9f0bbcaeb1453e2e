"""What the time of one invocation allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from magento_sync.errors import ShopUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.errors import ShopError

PAGE_SECONDS = 90.0  # a page is not begun without so much time to read it, store it and hand the run over
RESERVE_SECONDS = 15.0  # kept from the shop, to store what it said and to hand the run over


@dataclass
class TimeLeft:
    """The time of one invocation, and whether it was of use.

    Attributes:
        seconds_left: Until the invocation is ended from outside.
        stored: Whether a page was stored.
        idle_before: Whether the invocation before this one stored nothing.
    """

    seconds_left: Callable[[], float]
    stored: bool = False
    idle_before: bool = False
    _at_first: float = field(init=False)

    def __post_init__(self) -> None:
        """Looks at the clock."""
        self._at_first = self.seconds_left()

    def for_the_shop(self) -> float:
        """How many seconds the shop may use up."""
        return self.seconds_left() - RESERVE_SECONDS

    def suffices(self) -> bool:
        """Whether there is time for a page."""
        return self.seconds_left() >= PAGE_SECONDS

    def allows_a_page(self) -> bool:
        """Whether a page is begun: with too little time only if another invocation would not have more."""
        return self.suffices() or (not self.stored and (self.idle_before or self._at_first < PAGE_SECONDS))

    def excuses(self, failure: ShopError) -> bool:
        """Whether a failure may be our own haste, so that the next invocation sees; never twice without a page in between."""
        passing = isinstance(failure, ShopUnavailable) and failure.retry_after is None
        return passing and not self.suffices() and (self.stored or not self.idle_before)
