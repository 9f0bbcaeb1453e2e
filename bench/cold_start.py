"""Cold starts: from the start of a process to its first request for an event, and what its imports take."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from queue import SimpleQueue
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from bench.figures import figure, ratio
from bench.pacing import rounds
from bench.results import Part, Row, Table
from local.aws.functions.runtime_api import RuntimeApi
from local.processes import spawn

if TYPE_CHECKING:
    from bench.scene import Scene
    from bench.sizes import Sizes
    from local.aws.functions.runtime_api import RuntimeMessage
    from local.aws.template.model import Function

FUNCTIONS = ("site_sync", "cron_fanout", "manual_sync", "customers")
LIMITED = ("site_sync", "cron_fanout")
REFERENCE = "the reference"
REFERENCE_IMPORTS = "from aws_lambda_powertools import Logger, Metrics; import psycopg, requests"
MOST_TIMES = 1.3
START_SECONDS = 60.0
LEAST_SHARE = 0.01
"""Packages with a smaller share of a function's imports are added up."""

Times = defaultdict[str, list[float]]
Packages = dict[str, float]
"""Milliseconds by package."""


def measure_cold_starts(scene: Scene, sizes: Sizes, seconds: float) -> Part:
    """Measures every function in each round, and the reference beside it."""
    ready: Times = defaultdict(list)
    imports: Times = defaultdict(list)
    packages: dict[str, list[Packages]] = defaultdict(list)
    for _ in rounds(sizes.cold_starts, seconds):
        for name in FUNCTIONS:
            function = scene.function(name)
            ready[name].append(_start_to_ready(scene, function) * 1000)
            imports[name].append(_import_milliseconds(scene, function, "import app", sizes.import_tries))
            packages[name].append(_import_times(scene, function))
        function = scene.function("site_sync")
        imports[REFERENCE].append(_import_milliseconds(scene, function, REFERENCE_IMPORTS, sizes.import_tries))
    return Part([_row(name, ready, imports) for name in FUNCTIONS], [_table(packages)])


def _start_to_ready(scene: Scene, function: Function) -> float:
    """Returns the seconds until the function asks for its first event."""
    messages: SimpleQueue[RuntimeMessage] = SimpleQueue()
    api = RuntimeApi(messages)
    log = scene.folder / "cold-start.log"
    with log.open("ab") as output:
        started = perf_counter()
        process = spawn(
            [sys.executable, "-S", "-m", "awslambdaric", function.handler],
            environment=scene.variables(function, api.address),
            output=output,
            folder=function.code,
        )
        try:
            message = messages.get(timeout=START_SECONDS)
            seconds = perf_counter() - started
        finally:
            process.kill()
            process.wait()
            api.close()
    if message.kind != "ready":
        raise RuntimeError(f"{function.name} does not start: {message.payload.decode()}")
    return seconds


def _import_milliseconds(scene: Scene, function: Function, imports: str, tries: int) -> float:
    """Returns the processor's time of some imports: the shortest, because what else runs makes it only longer."""
    program = f"import time; started = time.process_time(); {imports}; print(time.process_time() - started)"
    return min(float(_python(scene, function, "-c", program).stdout) for _ in range(tries)) * 1000


def _import_times(scene: Scene, function: Function) -> Packages:
    found: defaultdict[str, float] = defaultdict(float)
    for line in _python(scene, function, "-X", "importtime", "-c", "import app").stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            found[package_of(name.strip())] += int(own) / 1000
    return found


def package_of(module: str) -> str:
    """Returns the package that a module is counted under."""
    top = module.partition(".")[0]
    return "Python's own" if top in sys.stdlib_module_names or top.startswith("__editable__") else top


def _python(scene: Scene, function: Function, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=scene.variables(function, "127.0.0.1:9"),
        cwd=function.code,
    )


def _row(name: str, ready: Times, imports: Times) -> Row:
    found = ratio(figure(imports[name]), figure(imports[REFERENCE]))
    limited = name in LIMITED
    return Row(
        f"cold start of `{name}`: start to ready; imports against those of the reference",
        f"{figure(ready[name], 'ms')}; {found}",
        f"at most {MOST_TIMES} ×" if limited else "",
        found.median <= MOST_TIMES if limited else None,
    )


def _table(packages: dict[str, list[Packages]]) -> Table:
    middle = {name: _medians(counted) for name, counted in packages.items()}
    totals = {name: sum(times.values()) for name, times in middle.items()}
    largest: Packages = defaultdict(float)
    for name, times in middle.items():
        for package, milliseconds in times.items():
            if milliseconds >= LEAST_SHARE * totals[name]:
                largest[package] = max(largest[package], milliseconds)
    shown = sorted(largest, key=lambda package: -largest[package])
    lines = [_line(one, [middle[name].get(one, 0.0) for name in FUNCTIONS]) for one in shown]
    others = [totals[name] - sum(middle[name].get(one, 0.0) for one in shown) for name in FUNCTIONS]
    lines += [_line("all others", others), _line("**together**", [totals[name] for name in FUNCTIONS])]
    note = (
        "Start to ready: from the start of a process to its first request for an event. The reference imports "
        "Powertools' Logger and Metrics, psycopg and requests, and nothing else; compared is the processor's time, the "
        "shortest of a round's tries. The table has the milliseconds in each package's own modules by `python "
        "-X importtime`, which itself takes time."
    )
    return Table(
        "What the imports of a cold start take", note, ("package", *(f"`{name}`" for name in FUNCTIONS)), lines
    )


def _medians(counted: list[Packages]) -> Packages:
    names = {name for one in counted for name in one}
    return {name: median(one.get(name, 0.0) for one in counted) for name in names}


def _line(head: str, milliseconds: list[float]) -> tuple[str, ...]:
    return (head, *(f"{each:.1f}" for each in milliseconds))
