"""Peak memory of a small and of a large first import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.results import Part, Row
from bench.shops import shop_process

if TYPE_CHECKING:
    from bench.scene import Scene
    from bench.sizes import Sizes

MOST_MEGABYTES = 10
KILOBYTES = 1024


def measure_memory(scene: Scene, sizes: Sizes) -> Part:
    """Measures the peak of two first imports, each in a process of its own."""
    small, large = (_peak(scene, orders) for orders in sizes.memory)
    few, many = sizes.memory
    return Part(
        [
            Row(
                f"memory: peak at {few:,} and at {many:,} orders",
                f"{small:.0f} and {large:.0f} MB",
                f"difference under {MOST_MEGABYTES} MB",
                large - small < MOST_MEGABYTES,
            )
        ]
    )


def _peak(scene: Scene, orders: int) -> float:
    with shop_process(orders, whole=False) as shop, scene.site_sync() as site_sync:
        return site_sync.import_all(scene.add_website(shop.address), orders).peak / KILOBYTES
