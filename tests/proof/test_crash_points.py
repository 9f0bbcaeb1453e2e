"""A run is killed at every statement, every request and every event in turn; afterwards the tables are those of a clean run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.proof.crash_scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.system import System

SLICES = 8
STARTS: dict[str, Callable[[Scene], None]] = {
    "button": Scene.start_by_button,
    "direct": Scene.start_directly,
    "schedule": Scene.start_by_schedule,
}
# The whole run for one of them; for the others what they do before they come to the same.
CASES = [("button", part) for part in range(SLICES)] + [("direct", 0), ("schedule", 0)]


@pytest.fixture
def scene(system: System, database_url: str) -> Scene:
    scene = Scene(system, database_url)
    scene.prepare()
    return scene


@pytest.mark.parametrize(("start", "part"), CASES)
def test_a_killed_run_leaves_no_trace(
    scene: Scene, start: str, part: int, record_property: Callable[[str, object], None]
) -> None:
    scene.restore()
    STARTS[start](scene)
    points = scene.deliver()
    clean, counted = scene.outcome(), scene.counted()
    to_try = range(1 + part, len(points) + 1, SLICES)
    if start != "button":
        to_try = range(1, points.index("before a request") + 2)

    for point in to_try:
        for retried in (True, False):
            scene.restore()
            STARTS[start](scene)
            scene.deliver(point, retried=retried)
            assert scene.kills == 1, point
            if scene.outcome()["live"] or not retried:
                scene.next_schedules()
            assert scene.outcome() == clean, (point, points[point - 1], retried)
            assert scene.counted() == counted, (point, points[point - 1], retried)
    record_property("crash points", len(to_try))
    record_property("crashes", 2 * len(to_try))
    assert to_try
