"""Figures: the median of repeated measurements, with its spread."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = 100  # from here on, decimals say nothing


@dataclass(frozen=True)
class Figure:
    """The measurements of one quantity.

    Attributes:
        values: One for each repetition, at least one.
        unit: Its unit, such as `ms`.
    """

    values: tuple[float, ...]
    unit: str = ""

    @property
    def median(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def lowest(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """The largest value."""
        return max(self.values)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        if self.lowest == self.highest:
            return f"{short(self.median)}{unit}"
        return f"{short(self.median)}{unit} ({short(self.lowest)} to {short(self.highest)})"


def figure(values: Sequence[float], unit: str = "") -> Figure:
    """Returns the figure of some measurements."""
    return Figure(tuple(values), unit)


def ratio(left: Figure, right: Figure) -> Figure:
    """Returns left divided by right, round by round: what slows a whole round down cancels out."""
    return Figure(tuple(one / other for one, other in zip(left.values, right.values, strict=True)), "×")


def short(value: float) -> str:
    """Returns a number with about three digits."""
    if value == int(value) or abs(value) >= WHOLE:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"  # noqa: PLR2004 - ten has two digits
