"""A bar chart as SVG."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, LABEL, BAR, HEAD, GAP = 720, 150, 22, 34, 14
COLORS = {"magento-sync": "#0b7a75", "floor": "#9aa5b1"}
OTHER = "#d1773a"
STYLE = "font-family='system-ui, sans-serif' font-size='13' fill='#1f2933'"

Bars = tuple[str, dict[str, float]]


def bar_chart(groups: Sequence[Bars], unit: str) -> str:
    """Returns a chart with a group of horizontal bars for each entry; each group has a scale of its own.

    Args:
        groups: The head of a group, and values by name.
        unit: What the values are, such as `orders/s`.
    """
    parts: list[str] = []
    top = 0
    for head, values in groups:
        parts.append(f"<text x='8' y='{top + HEAD - 12}' font-weight='600'>{escape(head)}, {escape(unit)}</text>")
        top += HEAD
        parts += [_bar(top + row * BAR, name, values[name], max(values.values())) for row, name in enumerate(values)]
        top += len(values) * BAR + GAP
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {top}' width='{WIDTH}' height='{top}' {STYLE}>"
        f"<rect width='100%' height='100%' fill='#ffffff'/>{''.join(parts)}</svg>\n"
    )


def _bar(top: int, name: str, value: float, largest: float) -> str:
    width = (WIDTH - LABEL - 80) * value / largest
    color = COLORS.get(name, OTHER)
    middle = top + BAR / 2 + 4
    return (
        f"<text x='{LABEL - 8}' y='{middle}' text-anchor='end'>{escape(name)}</text>"
        f"<rect x='{LABEL}' y='{top + 3}' width='{width:.1f}' height='{BAR - 6}' fill='{color}'/>"
        f"<text x='{LABEL + width + 6:.1f}' y='{middle}'>{value:,.0f}</text>"
    )
