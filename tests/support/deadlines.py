"""Deadlines whose time a test decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable


def deadline_with(seconds_left: Callable[[], float]) -> Deadline:
    """A deadline that leaves as many seconds as a function says, whenever it is asked."""
    return Deadline(0.0, clock=lambda: -seconds_left())
