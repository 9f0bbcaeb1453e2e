"""The moment by which an invocation must end."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Deadline:
    """A moment, in seconds on a clock that only goes forward; tests pass their own clock."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, context: LambdaContext) -> Self:
        """Returns the moment at which Lambda kills this invocation."""
        return cls.after(context.get_remaining_time_in_millis() / 1000)

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Self:
        """Returns the moment that lies so many seconds ahead."""
        return cls(clock() + seconds, clock)

    def earlier(self, seconds: float) -> Self:
        """Returns a deadline that leaves so many seconds before this one."""
        return replace(self, at=self.at - seconds)

    def seconds_left(self) -> float:
        """Returns the seconds until then; negative once it has passed."""
        return self.at - self.clock()
