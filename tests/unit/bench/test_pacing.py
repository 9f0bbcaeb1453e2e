"""Rounds end in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.pacing import rounds

if TYPE_CHECKING:
    from collections.abc import Sequence


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run(most: int, seconds: float, durations: Sequence[float]) -> int:
    clock = Clock()
    done = 0
    for number in rounds(most, seconds, clock):
        clock.now += durations[number]
        done += 1
    return done


def test_all_rounds_run_if_they_fit() -> None:
    assert run(3, seconds=30, durations=[10, 10, 10]) == 3


def test_a_round_that_does_not_fit_is_left_out() -> None:
    assert run(3, seconds=29, durations=[10, 10, 10]) == 2


def test_the_longest_round_so_far_decides() -> None:
    assert run(4, seconds=30, durations=[14, 1, 1, 1]) == 4
    assert run(4, seconds=29, durations=[14, 1, 1, 1]) == 3


def test_one_round_runs_however_little_time_there_is() -> None:
    assert run(3, seconds=0, durations=[10, 10, 10]) == 1
