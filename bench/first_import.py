"""First imports: the sync, the floor, the brief's loop and dlt, one after the other in each round."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.figures import Figure, figure, ratio
from bench.pacing import rounds
from bench.programs import dlt_command, floor_command, loop_command, run_program
from bench.results import Part, Row, Table
from bench.shops import Traffic, shop_process
from bench.storing import storing_alone
from local.shop.settings import MEASURED

if TYPE_CHECKING:
    from bench.scene import Scene
    from bench.shops import ShopProcess
    from bench.sizes import Sizes

OURS, FLOOR, LOOP, DLT = "magento-sync", "floor", "the brief's loop", "dlt"
MOST_BYTES = 300
MOST_REQUESTS = 11
IDLE_SYNCS = 3
GOALS = {FLOOR: 0.95, LOOP: 3.5, DLT: 1.8}
FAST_GOALS = {DLT: 3.0}


@dataclass
class Race:
    """Rounds in which every program imports the same orders.

    Attributes:
        scene: Where the sync runs.
        shop: What all of them read.
        orders: How many orders it has.
        loop_orders: How many of them the brief's loop reads; 0 leaves it out.
        speeds: Orders a second by program, one for each round.
        traffic: What the shop answered to the sync, one for each round.
        billed: Seconds of the sync for each order, one for each round.
        computed: Those of its processor.
        idle: Seconds of syncs that find nothing new.
    """

    scene: Scene
    shop: ShopProcess
    orders: int
    loop_orders: int
    speeds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    traffic: list[Traffic] = field(default_factory=list)
    billed: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    idle: list[float] = field(default_factory=list)

    def speed(self, program: str) -> Figure:
        """Returns the figure of a program."""
        return figure(self.speeds[program], "orders/s")

    def run_round(self, name: str) -> str:
        """Runs every program once, each into empty tables of a new database, whose URL it returns."""
        url = self.scene.create_database(name)
        shop = self.shop.address
        self._finished(FLOOR, run_program(floor_command(shop, self.orders))["seconds"])
        self._run_ours(url)
        if self.loop_orders:
            website = self.scene.add_website(shop, url)
            seconds = run_program(loop_command(self.scene, shop, website, self.loop_orders, url))["seconds"]
            self.speeds[LOOP].append(self.loop_orders / seconds)
        self._finished(DLT, run_program(dlt_command(self.scene, shop, name, url))["seconds"])
        return url

    def _run_ours(self, url: str) -> None:
        website = self.scene.add_website(self.shop.address, url)
        with self.scene.site_sync(url) as site_sync:
            site_sync.sync("unknown")  # it connects to SSM and to the database
            self.shop.take_traffic()
            done = site_sync.import_all(website, self.orders)
            self.traffic.append(self.shop.take_traffic())
            self.billed.append(done.seconds / self.orders)
            self.computed.append(done.processor_seconds / self.orders)
            self._finished(OURS, done.seconds)
            self.idle += [site_sync.sync(website).seconds for _ in range(IDLE_SYNCS)]

    def _finished(self, program: str, seconds: float) -> None:
        self.speeds[program].append(self.orders / seconds)


def measure_imports(scene: Scene, sizes: Sizes, seconds: float) -> tuple[Part, Race]:
    """Measures first imports at the speed of the measured shop."""
    with shop_process(sizes.orders, MEASURED) as shop:
        race = Race(scene, shop, sizes.orders, sizes.loop_orders)
        for number in rounds(sizes.rounds, seconds):
            race.run_round(f"import{number}")
    name = f"first import of {sizes.orders:,} orders"
    rows = [*_ratios(race, name, GOALS), *_traffic_rows(race), _one_connection(scene, sizes.orders // 5)]
    return Part(rows, [_speeds(race, "First imports at the speed of the measured shop")], [_bars(race, name)]), race


def measure_fast_imports(scene: Scene, sizes: Sizes, seconds: float) -> Part:
    """Measures first imports from a shop that answers at once."""
    with shop_process(sizes.fast_orders) as shop:
        race = Race(scene, shop, sizes.fast_orders, loop_orders=0)
        stored = [
            storing_alone(race.run_round(f"fast{number}"), race.orders) for number in rounds(sizes.fast_rounds, seconds)
        ]
    name = f"{sizes.fast_orders:,} orders without latency"
    tables = [_speeds(race, "First imports from a shop without latency"), _limits(race, stored)]
    return Part(_ratios(race, name, FAST_GOALS), tables, [_bars(race, name)])


def _ratios(race: Race, name: str, goals: dict[str, float]) -> list[Row]:
    rows = []
    for program, goal in goals.items():
        found = ratio(race.speed(OURS), race.speed(program))
        rows.append(Row(f"{name}, against {program}", str(found), f"at least {goal:g} ×", found.median >= goal))
    return rows


def _limits(race: Race, stored: list[float]) -> Table:
    """Returns what an import cannot be faster than, without latency."""
    note = (
        "What stops the sync from three times the speed of dlt: dlt inserts into one table without further indexes, "
        "while a row of `Customer` has the app's indexes, and each order an entry in the ledger, by which nothing is "
        "stored twice. PostgreSQL alone: the same rows, copied inside the database, in transactions of 300. The "
        "function's processor: requests, JSON, checks and conversion of each order, and the parameters of the queries. "
        "On the two processors of this machine, these and the shop share the time."
    )
    goal = figure([1 / (FAST_GOALS[DLT] * speed) for speed in race.speeds[DLT]])
    download = figure([1 / speed for speed in race.speeds[FLOOR]])
    parts = {
        "the goal: a third of dlt's time": goal,
        "PostgreSQL alone": figure(stored),
        "the function's processor": figure(race.computed),
        "downloading alone (the floor)": download,
        "the sync, in all": figure(race.billed),
    }
    lines = [(what, str(figure([1e6 * value for value in found.values], "µs"))) for what, found in parts.items()]
    return Table("The limit without latency", note, ("what", "time for each order"), lines)


def _traffic_rows(race: Race) -> list[Row]:
    size = figure([traffic.size / race.orders for traffic in race.traffic])
    requests = figure([traffic.requests * 1000 / race.orders for traffic in race.traffic])
    return [
        Row("bytes per order from the shop", str(size), f"at most {MOST_BYTES}", size.median <= MOST_BYTES),
        Row("requests per 1,000 orders", str(requests), f"at most {MOST_REQUESTS}", requests.median <= MOST_REQUESTS),
    ]


def _one_connection(scene: Scene, orders: int) -> Row:
    """Measures an import with the default of `CONNECTIONS_PER_SYNC`; its speed does not depend on the orders."""
    with shop_process(orders, MEASURED) as shop, scene.site_sync(connections="1") as site_sync:
        site_sync.sync("unknown")
        seconds = site_sync.import_all(scene.add_website(shop.address), orders).seconds
    return Row(
        f"first import of {orders:,} orders over one connection, the default",
        str(figure([orders / seconds], "orders/s")),
    )


def _speeds(race: Race, title: str) -> Table:
    note = (
        "Each round runs the programs one after the other, each into empty tables; the ratios are those of a round. "
        "The seconds of the sync are those of the warm handler; those of dlt are `pipeline.run` alone, without imports."
    )
    lines = [(program, str(race.speed(program)), str(len(race.speeds[program]))) for program in race.speeds]
    return Table(title, note, ("program", "speed", "rounds"), lines)


def _bars(race: Race, group: str) -> tuple[str, dict[str, float]]:
    return group, {program: race.speed(program).median for program in race.speeds}
