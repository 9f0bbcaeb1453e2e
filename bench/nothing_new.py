"""A scheduled sync that finds nothing new: what most syncs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import figure
from bench.results import Part, Row, Table
from bench.round_trips import counted
from bench.shops import shop_process

if TYPE_CHECKING:
    from bench.scene import Scene
    from bench.sizes import Sizes

ORDERS = 1_000
MOST_REQUESTS = 2
MOST_ROUND_TRIPS = 5
MOST_MILLISECONDS = 15
NOTE = (
    "The fan-out has claimed the website. Statements that need no earlier answer go to the server in one message. The "
    "first transaction begins and locks the website; then it locks the shop, counts its runs, and reads the run and "
    "what earlier runs left; then it writes the token and commits. The second begins and verifies the fence; then it "
    "stores the progress, frees the website, ends the run and commits. Of the time beyond the shop's answers, the "
    "function's processor takes most: two signed requests (`requests`, `oauthlib`), psycopg's part of the statements, "
    "the log and the metrics. The rest is the statements in PostgreSQL, with two commits."
)


def measure_nothing_new(scene: Scene, sizes: Sizes) -> Part:
    """Measures requests, round trips, and the time beyond the shop's answers, of a warm function."""
    requests, milliseconds, computed, trips = [], [], [], []
    with shop_process(ORDERS) as shop:
        website = scene.add_website(shop.address)
        with scene.site_sync() as site_sync:
            for _ in range(2):  # the first one imports, the second one checks whether the shop has started over
                site_sync.sync(website)
            for _ in range(sizes.idle_syncs):
                run = scene.claim(website)
                shop.take_traffic()
                done = site_sync.sync(website, run)
                traffic = shop.take_traffic()
                requests.append(traffic.requests)
                milliseconds.append((done.seconds - traffic.seconds) * 1000)
                computed.append(done.processor_seconds * 1000)
        with counted(scene.database_url) as (url, counter), scene.site_sync(url) as site_sync:
            site_sync.sync(website)
            for _ in range(max(sizes.idle_syncs // 5, 3)):
                run = scene.claim(website)
                counter.transactions.clear()
                site_sync.sync(website, run)
                trips.append(sum(counter.transactions))
    profile = [(str(number), str(count)) for number, count in enumerate(counter.transactions, start=1)]
    return Part(
        [
            _row("nothing new: shop requests", requests, MOST_REQUESTS, ""),
            _row("nothing new: database round trips", trips, MOST_ROUND_TRIPS, ""),
            _row("nothing new: time beyond the shop's answers, warm", milliseconds, MOST_MILLISECONDS, "ms"),
            Row("nothing new: of that, the function's processor", str(figure(computed, "ms"))),
        ],
        [Table("The round trips of a sync that finds nothing new", NOTE, ("transaction", "round trips"), profile)],
    )


def _row(measure: str, values: list[float] | list[int], most: int, unit: str) -> Row:
    found = figure(values, unit)
    return Row(measure, str(found), f"at most {most} {unit}".rstrip(), found.median <= most)
