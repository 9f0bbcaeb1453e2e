"""The time of an order, whatever the number of rows in `Customer`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.figures import figure, ratio
from bench.pacing import rounds
from bench.results import Part, Row, Table
from bench.shops import shop_process

if TYPE_CHECKING:
    from bench.scene import Scene, TimedFunction
    from bench.sizes import Sizes

MOST_TIMES = 1.10
ROWS = """
    INSERT INTO "Customer" ("id", "websiteId", "name", "email", "purchaseDate", "updatedAt")
    SELECT 'seed' || lpad(n::text, 21, '0'), %s, 'Jan Jansen', 'customer' || n || '@example.org', now(), now()
    FROM generate_series(1, %s) AS n
"""
FORGET = (
    """DELETE FROM "Customer" WHERE "id" < 'seed' OR "id" >= 'seee'""",
    'DELETE FROM "MagentoSyncOrder"',
    'DELETE FROM "MagentoSyncRun"',
    """UPDATE "Website" SET "magentoLastEntityId" = NULL, "magentoSyncFloor" = NULL, "magentoSyncRunId" = NULL""",
    "VACUUM ANALYZE",
)


@dataclass(frozen=True)
class Candidate:
    """A database with a certain number of customers."""

    url: str
    website_id: str
    site_sync: TimedFunction


def measure_growth(scene: Scene, sizes: Sizes, seconds: float) -> Part:
    """Measures imports of the same orders beside 1,000 and more rows of the same website."""
    times: dict[int, list[float]] = {rows: [] for rows in sizes.table_rows}
    with ExitStack() as running, shop_process(sizes.growth_orders) as shop:
        candidates = {rows: _candidate(scene, running, shop.address, rows) for rows in sizes.table_rows}
        for _ in rounds(sizes.growth_rounds, seconds):
            for rows, candidate in candidates.items():
                for statement in FORGET:
                    scene.execute(statement, database_url=candidate.url)
                done = candidate.site_sync.import_all(candidate.website_id, sizes.growth_orders)
                times[rows].append(done.seconds * 1000 / sizes.growth_orders)
    return _part(times, sizes.growth_orders)


def _candidate(scene: Scene, running: ExitStack, shop: str, rows: int) -> Candidate:
    url = scene.create_database(f"rows{rows}")
    website_id = scene.add_website(shop, url)
    scene.execute(ROWS, (website_id, rows), url)
    return Candidate(url, website_id, running.enter_context(scene.site_sync(url)))


def _part(times: dict[int, list[float]], orders: int) -> Part:
    smallest = figure(next(iter(times.values())))
    ratios = {rows: ratio(figure(values), smallest) for rows, values in times.items()}
    most, largest = max(ratio.median for ratio in ratios.values()), max(times)
    lines = [(f"{rows:,}", str(figure(values, "ms")), str(ratios[rows])) for rows, values in times.items()]
    note = f"A first import of {orders:,} orders without latency into a website that has that many rows of `Customer`."
    return Part(
        [
            Row(
                f"growth: time per order at up to {largest:,} rows in `Customer`",
                f"at most {most:.2f} × that at {min(times):,} rows",
                "flat within 10 %",
                most <= MOST_TIMES,
            )
        ],
        [Table("Growth", note, ("rows", "time per order", "against the fewest rows"), lines)],
    )
