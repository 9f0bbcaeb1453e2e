"""The time of an invocation, and what it suffices for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.errors import ShopUnavailable

if TYPE_CHECKING:
    from magento_sync.deadline import Deadline
    from magento_sync.errors import ShopError

PAGE_SECONDS = 90.0  # no page begins with less time to read it, store it and hand the run over
RESERVE_SECONDS = 15.0  # kept from the shop, to store its answer and hand the run over


@dataclass
class TimeBudget:
    """The time of one invocation, and whether it was useful.

    Attributes:
        deadline: When Lambda kills the invocation.
        has_stored: Whether a page was stored.
        was_idle_before: Whether the invocation before this one stored nothing.
    """

    deadline: Deadline
    has_stored: bool = False
    was_idle_before: bool = False

    def __post_init__(self) -> None:
        """Reads the clock."""
        self._seconds_at_first = self.deadline.seconds_left()

    @property
    def for_the_shop(self) -> Deadline:
        """When the shop has to have answered."""
        return self.deadline.earlier(RESERVE_SECONDS)

    def suffices(self) -> bool:
        """Returns whether there is time for a page."""
        return self.deadline.seconds_left() >= PAGE_SECONDS

    def allows_a_page(self) -> bool:
        """Returns whether a page may begin: with too little time only if another invocation would not have more."""
        no_better_later = self.was_idle_before or self._seconds_at_first < PAGE_SECONDS
        return self.suffices() or (not self.has_stored and no_better_later)

    def excuses(self, failure: ShopError) -> bool:
        """Returns whether lack of time may have caused a failure: the next invocation retries, once per page."""
        is_passing = isinstance(failure, ShopUnavailable) and failure.retry_after is None
        return is_passing and not self.suffices() and (self.has_stored or not self.was_idle_before)
