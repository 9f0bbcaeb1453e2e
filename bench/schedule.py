"""The fan-out of the schedule, held to its goals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.fan_out import INVOKE_SECONDS, measure, measure_round
from bench.figures import figure, short
from bench.results import Part, Row, Table
from magento_sync.observability import logger

if TYPE_CHECKING:
    from bench.figures import Figure
    from bench.scene import Scene
    from bench.sizes import Sizes

MOST_TIMES = 1.3
MOST_SECONDS_PER_WEBSITE = 20 / 10_000
MOST_STATEMENTS = 0.05
REPETITIONS = 3
"""Of the smaller fan-outs; the largest one takes longer than these together."""
FEWEST_WAITING = 1_500
"""More than the websites of the busy shop and those that all rounds start."""


@dataclass(frozen=True)
class _FanOut:
    """Fan-outs of some due websites.

    Attributes:
        websites: How many were due.
        seconds: The time of a fan-out.
        statements: The statements for each website.
    """

    websites: int
    seconds: Figure
    statements: float

    @property
    def milliseconds_per_website(self) -> float:
        """The time of one website."""
        return self.seconds.median * 1000 / self.websites


def measure_schedule(scene: Scene, sizes: Sizes) -> Part:
    """Measures fan-outs of few and of many websites, and the rounds of one that has to wait for places."""
    logger.setLevel("ERROR")
    url = scene.create_database("schedule")
    fewest, middle, most = sizes.due_websites
    few, many = _fan_out(url, fewest, 0.0, REPETITIONS), _fan_out(url, most, 0.0, 1)
    invoking = _fan_out(url, middle, INVOKE_SECONDS, REPETITIONS)
    rounds = {waiting: measure_round(url, waiting)[0] * 1000 for waiting in (FEWEST_WAITING, most)}
    return Part(_rows(few, many, invoking, rounds), [_table(few, many, invoking, rounds)])


def _fan_out(url: str, websites: int, invoke_seconds: float, repetitions: int) -> _FanOut:
    found = [measure(url, websites, invoke_seconds) for _ in range(repetitions)]
    return _FanOut(websites, figure([seconds for seconds, _ in found], "s"), found[0][1] / websites)


def _rows(few: _FanOut, many: _FanOut, invoking: _FanOut, rounds: dict[int, float]) -> list[Row]:
    growth = many.milliseconds_per_website / few.milliseconds_per_website
    allowed = invoking.websites * MOST_SECONDS_PER_WEBSITE
    (fewest, short_round), (most, long_round) = rounds.items()
    return [
        _ratio(f"fan-out: time per website at {many.websites:,} due websites against {few.websites:,}", growth),
        Row(
            f"fan-out: {invoking.websites:,} websites at {INVOKE_SECONDS * 1000:.0f} ms an Invoke",
            str(invoking.seconds),
            f"at most {short(allowed)} s",
            invoking.seconds.median <= allowed,
        ),
        Row(
            f"fan-out: statements per website, {invoking.websites:,} due",
            f"{invoking.statements:.3f}",
            f"below {MOST_STATEMENTS}",
            invoking.statements < MOST_STATEMENTS,
        ),
        _ratio(
            f"fan-out: a round with {most:,} websites waiting against {fewest:,}, 50 places, a busy shop with 500",
            long_round / short_round,
        ),
    ]


def _ratio(measured: str, value: float) -> Row:
    return Row(measured, f"{short(value)} ×", f"at most {MOST_TIMES} ×", value <= MOST_TIMES)


def _table(few: _FanOut, many: _FanOut, invoking: _FanOut, rounds: dict[int, float]) -> Table:
    note = (
        "Due websites of as many shops, without a limit of active runs; an Invoke costs nothing where none is named. "
        "A round claims and starts what has places, from one pause to the next."
    )
    lines = [
        (f"{few.websites:,} websites", str(few.seconds), f"{few.milliseconds_per_website:.2f} ms"),
        (f"{many.websites:,} websites", str(many.seconds), f"{many.milliseconds_per_website:.2f} ms"),
        (
            f"{invoking.websites:,} websites at {INVOKE_SECONDS * 1000:.0f} ms an Invoke",
            str(invoking.seconds),
            f"{invoking.milliseconds_per_website:.2f} ms",
        ),
        *((f"a round, {waiting:,} waiting", f"{milliseconds:.0f} ms", "") for waiting, milliseconds in rounds.items()),
    ]
    return Table("The fan-out", note, ("what", "time", "for each website"), lines)
