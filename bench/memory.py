"""Peak memory of a small and of a large first import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.results import Part, Row
from bench.shops import shop_process
from magento_sync.sync.time_budget import PAGE_SECONDS

if TYPE_CHECKING:
    from bench.scene import Scene
    from bench.sizes import Sizes

MOST_MEGABYTES = 10
KILOBYTES = 1024


def measure_memory(scene: Scene, sizes: Sizes, seconds: float) -> Part:
    """Measures the peak of two first imports, each in a process of its own.

    Args:
        scene: Where the sync runs.
        sizes: How many orders.
        seconds: The time for each import; where it does not suffice, the result says how many orders were read.
    """
    (few, small), (many, large) = (_read_and_peak(scene, orders, seconds) for orders in sizes.memory)
    is_whole = many == sizes.memory[1]
    return Part(
        [
            Row(
                f"memory: peak at {few:,} and at {sizes.memory[1]:,} orders over one connection, the default",
                f"{small:.1f} and {large:.1f} MB" + ("" if is_whole else f", after {many:,} orders in {seconds:.0f} s"),
                f"difference under {MOST_MEGABYTES} MB",
                is_whole and large - small < MOST_MEGABYTES,
            )
        ]
    )


def _read_and_peak(scene: Scene, orders: int, seconds: float) -> tuple[int, float]:
    """Returns how many orders were read, and the peak in megabytes."""
    with (
        shop_process(orders, whole=False) as shop,
        scene.site_sync(timeout=seconds + PAGE_SECONDS, connections="1") as site_sync,
    ):
        done = site_sync.sync(scene.add_website(shop.address))
        return done.summary["ordersFetched"], done.peak / KILOBYTES
