"""A scheduled sync that finds nothing new: what most syncs are."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bench.cold_start import package_of
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
LEAST_SHARE = 0.01
TRIPS = (
    "The fan-out has claimed the website. Statements that need no earlier answer go to the server in one message. The "
    "first transaction begins and locks the website; then it locks the shop, counts its runs, and reads the run and "
    "what earlier runs left; then it writes the token and commits. The second begins and verifies the fence; then it "
    "stores the progress, frees the website, ends the run and commits."
)
PROFILE = (
    "What stops a sync from less: of its time beyond the shop's answers, its processor's time is the larger part, and "
    "of that the two requests to the shop: `requests`, `requests_oauthlib`, `oauthlib` and `urllib3`, with Python's "
    "`http`, `email` and `urllib`. The rest is the statements in PostgreSQL, with two commits to the disk. A profile "
    "makes many small calls, such as those of urllib3 for each character of an address, look longer than they are."
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
        with scene.site_sync(profiled=True) as site_sync:
            site_sync.sync(website)
            profiles = [
                site_sync.sync(website, scene.claim(website)).profile for _ in range(max(sizes.idle_syncs // 5, 3))
            ]
    return Part(
        [
            _row("nothing new: shop requests", requests, MOST_REQUESTS, ""),
            _row("nothing new: database round trips", trips, MOST_ROUND_TRIPS, ""),
            _row("nothing new: time beyond the shop's answers, warm", milliseconds, MOST_MILLISECONDS, "ms"),
            Row("nothing new: of that, the function's processor", str(figure(computed, "ms"))),
        ],
        [_trips_table(counter.transactions), _profile_table(profiles)],
    )


def _trips_table(transactions: list[int]) -> Table:
    lines = [(str(number), str(count)) for number, count in enumerate(transactions, start=1)]
    return Table("The round trips of a sync that finds nothing new", TRIPS, ("transaction", "round trips"), lines)


def _profile_table(profiles: list[dict[str, float]]) -> Table:
    times: defaultdict[str, float] = defaultdict(float)
    for profile in profiles:
        for module, seconds in profile.items():
            times[package_of(module)] += seconds
    whole = sum(times.values())
    shown = [package for package in sorted(times, key=lambda one: -times[one]) if times[package] >= LEAST_SHARE * whole]
    lines = [(package, f"{times[package] / whole:.0%}") for package in shown]
    lines.append(("all others", f"{1 - sum(times[package] for package in shown) / whole:.0%}"))
    return Table("What computes while a sync finds nothing new", PROFILE, ("package", "share"), lines)


def _row(measure: str, values: list[float] | list[int], most: int, unit: str) -> Row:
    found = figure(values, unit)
    return Row(measure, str(found), f"at most {most} {unit}".rstrip(), found.median <= most)
