"""Kills a run at every statement, request and event in turn; afterwards the tables are those of a clean run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.crash_scene import Scene
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.system import System

SLICES = 8
SAMPLE = 9  # of so many points in a row, `make test` tries one
STARTS: dict[str, Callable[[Scene], None]] = {
    "button": Scene.start_by_button,
    "reading ahead": Scene.start_reading_ahead,
    "direct": Scene.start_directly,
    "schedule": Scene.start_by_schedule,
    "refused": Scene.start_refused,
    "after a death": Scene.start_after_a_death,
}
# The long run is killed at every point for one start, and at every fourth while it reads ahead. Other starts are killed
# only up to the point where all runs are alike.
LONG = {"button": range(SLICES), "reading ahead": range(0, SLICES, 4)}
CASES = [(start, part) for start in STARTS for part in LONG.get(start, [0])]
# Lambda's retry finishes these; the dispatcher's work may wait for the next tick.
LAMBDA_RETRIES = {"button", "reading ahead", "direct"}
# Its threads reach more or fewer points each time.
POINTS_VARY = {"reading ahead"}


@pytest.fixture
def scene(system: System, database_url: str) -> Scene:
    return Scene(system, database_url)


def before_reading(points: list[str]) -> list[str]:
    """Returns the points up to the first request to the shop, or all points if there is none."""
    request = "before a request"
    return points[: points.index(request) + 1] if request in points else points


def ways(points: list[str]) -> list[tuple[int, bool]]:
    """Returns each point's number, and whether Lambda's retry or the next schedule finishes the run.

    Points of one kind (the n-th of a transaction or request) alternate; the only point of a kind is tried both ways.
    """
    kinds, place = [], 0
    for what in points:
        place = 0 if what == "after a COMMIT" else place + 1
        kinds.append((what, place))
    seen: Counter[tuple[str, int]] = Counter()
    chosen: list[tuple[int, bool]] = []
    for number, kind in enumerate(kinds, start=1):
        both = kinds.count(kind) == 1
        chosen += [(number, retried) for retried in (True, False) if both or retried == (seen[kind] % 2 == 0)]
        seen[kind] += 1
    return chosen


@pytest.mark.parametrize(("start", "part"), CASES)
def test_a_killed_run_leaves_no_trace(
    scene: Scene, start: str, part: int, record_property: Callable[[str, object], None]
) -> None:
    scene.prepare(long=start in LONG)
    scene.restore()
    STARTS[start](scene)
    points = scene.deliver()
    if start == "refused":
        scene.next_schedules()
    clean, counted = scene.outcome(), scene.counted()
    if start == "reading ahead":
        scene.check_reading_ahead()
    elif start in LONG:
        scene.check_long()
    if start in LONG:
        to_try = ways(points)[part::SLICES]
    else:
        assert counted["importedCustomers"] == 7
        to_try = ways(before_reading(points))
    to_try = to_try if WHOLE else to_try[part % SAMPLE :: SAMPLE]

    for point, retried in to_try:
        scene.restore()
        STARTS[start](scene)
        scene.deliver(point, retried=retried)
        assert scene.kills == 1 or start in POINTS_VARY, point
        if retried and start in LAMBDA_RETRIES:
            assert scene.done(), point
        elif not scene.done():
            scene.next_schedules()
        assert scene.outcome() == clean, (point, points[point - 1], retried)
        assert scene.counted() == counted, (point, points[point - 1], retried)
    record_property("crash points", len({point for point, _ in to_try}))
    record_property("crashes", len(to_try))
    assert to_try
