"""`make bench`: measures everything in one run and writes the results.

What is timed runs alone on the machine; rounds that would not fit into the time of their part are left out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.chart import bar_chart
from bench.cold_start import measure_cold_starts
from bench.cost import price_of
from bench.faults import measure_faults
from bench.first_import import measure_fast_imports, measure_imports
from bench.growth import measure_growth
from bench.layer import measure_size
from bench.machine import describe
from bench.memory import measure_memory
from bench.nothing_new import measure_nothing_new
from bench.results import goal_table, table_section
from bench.scene import Scene
from bench.schedule import measure_schedule
from bench.sizes import FULL, QUICK
from local.errors import LocalStackError
from local.signals import orderly_exit

if TYPE_CHECKING:
    from bench.results import Part
    from bench.sizes import Sizes

FOLDER = Path(__file__).parent
ABOUT = """\
The sync beside other programs that do the same job, measured by `make bench` in one run on one machine. Each figure is
a median, followed by the lowest and the highest value of its repetitions; ratios are taken within a round.

* The shop is `local/shop`, in a process of its own. At the speed of the measured shop (a Magento 2.4.7 on two cores),
  it takes 40 ms a request and 5.2 ms an order, two requests at a time.
* magento-sync is the function `site_sync` under Lambda's runtime client, with the layer as `make build` leaves it, and
  two connections for a first import (`CONNECTIONS_PER_SYNC`), like the floor.
* The floor only downloads: pages of 300, two connections.
* The brief's loop reads pages of ten whole orders, and looks for each customer before it creates one.
* dlt reads pages of 300 with the fields in use, and merges them into PostgreSQL by the order's id, insert-only."""


def main(arguments: list[str] | None = None) -> int:
    """Runs the bench and returns the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes (make bench QUICK=1)")
    options = parser.parse_args(arguments)
    try:
        with orderly_exit():
            _run(QUICK if options.quick else FULL, FOLDER / "quick" if options.quick else FOLDER)
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: no results were written.", file=sys.stderr)
        return 130
    return 0


def _run(sizes: Sizes, folder: Path) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as state, Scene(Path(state)) as scene:
        parts = _measure(scene, sizes)
        machine = describe(scene)
    minutes = (time.monotonic() - started) / 60
    folder.mkdir(exist_ok=True)
    (folder / "chart.svg").write_text(bar_chart([bars for part in parts for bars in part.bars], "orders/s"), "utf-8")
    results = _document(parts, machine, minutes)
    (folder / "RESULTS.md").write_text(results, "utf-8")
    print(f"\n{goal_table(row for part in parts for row in part.rows)}\n\nWritten to {folder.name}/RESULTS.md.")


def _measure(scene: Scene, sizes: Sizes) -> list[Part]:
    _tell("first imports at the shop's speed")
    imports, race = measure_imports(scene, sizes, sizes.seconds.imports)
    _tell("first imports without latency")
    fast = measure_fast_imports(scene, sizes, sizes.seconds.fast_imports)
    _tell("nothing new")
    nothing_new = measure_nothing_new(scene, sizes)
    _tell("cold starts")
    cold_starts = measure_cold_starts(scene, sizes, sizes.seconds.cold_starts)
    _tell("growth")
    growth = measure_growth(scene, sizes, sizes.seconds.growth)
    _tell("fan-out")
    schedule = measure_schedule(scene, sizes)
    _tell("memory and faults")
    with ThreadPoolExecutor() as pool:  # side by side, because neither is timed
        measuring = pool.submit(measure_memory, scene, sizes, sizes.seconds.memory)
        faults = measure_faults(scene, sizes)
        memory = measuring.result()
    cost = price_of(race, scene.function("site_sync").memory)
    return [imports, fast, nothing_new, cold_starts, memory, growth, schedule, measure_size(scene.layer), faults, cost]


def _document(parts: list[Part], machine: str, minutes: float) -> str:
    when = f"{datetime.now(UTC):%Y-%m-%d}, in {minutes:.0f} minutes"
    sections = [
        "# What `make bench` measured",
        ABOUT,
        f"Measured on {when}. {machine}",
        goal_table(row for part in parts for row in part.rows),
        "![Orders a second of first imports](chart.svg)",
        *(table_section(table) for part in parts for table in part.tables),
    ]
    return "\n\n".join(sections) + "\n"


def _tell(part: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {part}…", flush=True)


if __name__ == "__main__":
    sys.exit(main())
