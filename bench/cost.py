"""What the sync costs on Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import figure, short
from bench.results import Part, Table

if TYPE_CHECKING:
    from bench.first_import import Race

# List prices of Lambda on arm64 in eu-west-1, as known in January 2025.
DOLLARS_PER_GB_SECOND = 0.0000133334
DOLLARS_PER_REQUEST = 0.0000002
PRICES_OF = "January 2025"
MEGABYTES_PER_GB = 1024
IDLE_SYNCS = 100_000


def price_of(race: Race, megabytes: int) -> Part:
    """Returns what orders and idle syncs cost, from the seconds of the first imports at the shop's speed."""
    memory = megabytes / MEGABYTES_PER_GB
    per_thousand = figure([seconds * 1000 * memory for seconds in race.billed])
    per_idle = figure([seconds * memory for seconds in race.idle])
    note = (
        f"At {megabytes} MB and Lambda's list prices for arm64 in eu-west-1 as known in {PRICES_OF}: "
        f"${DOLLARS_PER_GB_SECOND:.10f} a GB-second, ${DOLLARS_PER_REQUEST * 1_000_000:.2f} a million requests. The "
        "seconds are those of a warm function on this machine, with a shop at the speed of the measured one."
    )
    thousand = per_thousand.median * DOLLARS_PER_GB_SECOND
    idle = per_idle.median * DOLLARS_PER_GB_SECOND + DOLLARS_PER_REQUEST
    lines = [
        ("1,000 orders of a first import", str(per_thousand), f"${thousand * 1000:.3f} a million orders"),
        ("a sync that finds nothing new", str(per_idle), f"${idle * IDLE_SYNCS:.3f} for {short(IDLE_SYNCS)} syncs"),
    ]
    return Part(tables=[Table("Cost", note, ("what", "GB-seconds", "money"), lines)])
