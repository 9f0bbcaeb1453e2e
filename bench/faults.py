"""What programs that do this job get wrong: orders lost and people mailed twice, under faults that real shops show."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.first_import import DLT, LOOP, OURS
from bench.results import Part, Row, Table
from bench.shops import bench_shop
from bench.tools import tool
from local.shop.data.template import new_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.scene import Scene
    from bench.shops import CountingShop
    from bench.sizes import Sizes
    from bench.tools import Tool

TOOLS = (OURS, LOOP, DLT)
ALLOWED_PAGE = 100
RUNS_WITH_LIMIT = 3


@dataclass(frozen=True)
class Loss:
    """What a scenario has done to the customers.

    Attributes:
        lost: Orders that the shop shows, and that are not stored.
        twice: Customers who are stored twice, or who would be mailed again.
        remark: Why, if the last sync did not succeed.
    """

    lost: int
    twice: int
    remark: str = ""

    def __str__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return f"{self.lost} lost, {self.twice} twice{remark}"


def late_order(shop: CountingShop, tool: Tool) -> Loss:
    """An order whose id is lower becomes visible after a higher one."""
    late = shop.orders.ids[-10]
    shop.orders.delete(late)
    tool.sync()
    shop.orders.commit(late)
    shop.orders.add()
    return _loss(shop, tool, tool.sync())


def damaged_order(shop: CountingShop, tool: Tool) -> Loss:
    """One order cannot be read, and makes every page that holds it fail."""
    damaged = shop.orders.ids[len(shop.orders) // 2]
    shop.failures.damage(damaged)
    remark = tool.sync()
    shop.orders.delete(damaged)  # nobody can read it, so nobody has lost it
    return _loss(shop, tool, remark)


def repaired_order(shop: CountingShop, tool: Tool) -> Loss:
    """The damaged order is repaired after a sync, and newer orders have come in."""
    damaged = shop.orders.ids[len(shop.orders) // 2]
    shop.failures.damage(damaged)
    tool.sync()
    shop.failures.heal()
    shop.orders.add()
    return _loss(shop, tool, tool.sync())


def old_shop(shop: CountingShop, tool: Tool) -> Loss:
    """A page past the end repeats the last one, as before Magento 2.4."""
    shop.configure(legacy_paging=True)
    return _loss(shop, tool, tool.sync())


def limited_shop(shop: CountingShop, tool: Tool) -> Loss:
    """The shop refuses pages of more than 100 orders."""
    shop.configure(max_page_size=ALLOWED_PAGE)
    return _loss(shop, tool, tool.sync())


def shrinking_list(shop: CountingShop, tool: Tool) -> Loss:
    """Orders that were read are deleted while the sync reads on."""
    read = shop.orders.ids[: len(shop.orders) // 6]
    shop.after_orders(len(read), lambda: shop.orders.delete(*read))
    return _loss(shop, tool, tool.sync())


def mailed_before(shop: CountingShop, tool: Tool) -> Loss:
    """The app has mailed everybody, and the next syncs read some of the orders again."""
    tool.sync()
    before = sum(tool.stored().values())
    if before == 0:
        return _loss(shop, tool, "failed")
    tool.mail_all()
    shop.orders.add()
    remark = tool.sync()
    loss = _loss(shop, tool, remark)
    return Loss(loss.lost, loss.twice + before - tool.mailed(), loss.remark)


def time_limit(shop: CountingShop, tool: Tool) -> Loss:
    """Every run is killed after it has read 60 % of the orders; three runs."""
    remark = ""
    for _ in range(RUNS_WITH_LIMIT):
        shop.after_orders(len(shop.orders) * 6 // 10, tool.kill)
        remark = tool.sync()
    return _loss(shop, tool, remark)


def stock_shop(shop: CountingShop, tool: Tool) -> Loss:
    """The shop refuses Bearer tokens, as every stock shop has done since 2.4.4."""
    shop.configure(bearer_allowed=False)
    return _loss(shop, tool, tool.sync())


SCENARIOS: Sequence[Callable[[CountingShop, Tool], Loss]] = (
    late_order,
    damaged_order,
    mailed_before,
    repaired_order,
    old_shop,
    limited_shop,
    shrinking_list,
    time_limit,
    stock_shop,
)


def measure_faults(scene: Scene, sizes: Sizes) -> Part:
    """Runs every scenario with every program, side by side: nothing is timed here."""
    with ThreadPoolExecutor(len(TOOLS)) as pool:
        columns = list(pool.map(lambda name: _run_all(scene, sizes, name), TOOLS))
    lost, twice = (sum(getattr(loss, what) for loss in columns[0]) for what in ("lost", "twice"))
    lines = [
        (str(scenario.__doc__), *(str(column[number]) for column in columns))
        for number, scenario in enumerate(SCENARIOS[: sizes.faults])
    ]
    note = (
        f"Of {sizes.fault_orders} orders, each by another customer. Lost: the shop shows the order, and it is not "
        "stored. Twice: stored twice, or mailed again. dlt fills a table of its own, and signs by OAuth 1.0a with our "
        "help; the brief's loop sends its token as Bearer."
    )
    row = Row(
        "completeness under faults (table below)", f"{lost} lost, {twice} twice", "0 lost, 0 twice", lost == twice == 0
    )
    return Part([row], [Table("Faults", note, ("fault", *TOOLS), lines)])


def _run_all(scene: Scene, sizes: Sizes, name: str) -> list[Loss]:
    losses = []
    for scenario in SCENARIOS[: sizes.faults]:
        shop = bench_shop([new_order(number) for number in range(1, sizes.fault_orders + 1)])
        with shop.serving() as address:
            losses.append(scenario(shop, tool(name, scene, address, scenario.__name__)))
    return losses


def _loss(shop: CountingShop, tool: Tool, remark: str) -> Loss:
    shown = {str((shop.orders.get(one) or {})["customer_email"]) for one in shop.orders.ids}
    stored = tool.stored()
    return Loss(len(shown - stored.keys()), sum(times - 1 for times in stored.values()), remark)
