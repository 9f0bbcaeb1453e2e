"""How much is measured, and how often."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seconds:
    """The time that the rounds of each part may take."""

    imports: float
    fast_imports: float
    cold_starts: float
    growth: float
    memory: float


@dataclass(frozen=True)
class Sizes:
    """How much is measured, and how often.

    Attributes:
        rounds: Rounds of the first imports at the shop's speed.
        orders: Orders of a first import.
        loop_orders: How many of them the brief's loop reads: its speed does not depend on their number.
        fast_rounds: Rounds of the first imports from a shop without latency.
        fast_orders: Orders of each.
        idle_syncs: Syncs that find nothing new.
        cold_starts: Starts of each function.
        import_tries: Tries of each import in a round, of which the shortest counts.
        memory: Orders of the small and of the large sync.
        table_rows: Rows of `Customer` before an import.
        growth_rounds: Imports into each of these tables.
        growth_orders: Orders of each import.
        due_websites: Due websites of the fan-outs.
        fault_orders: Orders of each faulty shop.
        faults: How many of the faults are tried.
        seconds: The time for the rounds.
    """

    rounds: int
    orders: int
    loop_orders: int
    fast_rounds: int
    fast_orders: int
    idle_syncs: int
    cold_starts: int
    import_tries: int
    memory: tuple[int, int]
    table_rows: tuple[int, ...]
    growth_rounds: int
    growth_orders: int
    due_websites: tuple[int, int, int]
    fault_orders: int
    faults: int
    seconds: Seconds


FULL = Sizes(
    rounds=3,
    orders=10_000,
    loop_orders=1_000,
    fast_rounds=7,
    fast_orders=10_000,
    idle_syncs=200,
    cold_starts=12,
    import_tries=3,
    memory=(1_000, 200_000),
    table_rows=(1_000, 10_000, 100_000, 1_000_000),
    growth_rounds=25,
    growth_orders=6_000,
    due_websites=(1_000, 10_000, 100_000),
    fault_orders=600,
    faults=9,
    seconds=Seconds(imports=290, fast_imports=60, cold_starts=75, growth=160, memory=140),
)
QUICK = Sizes(
    rounds=1,
    orders=200,
    loop_orders=50,
    fast_rounds=1,
    fast_orders=1_000,
    idle_syncs=10,
    cold_starts=1,
    import_tries=1,
    memory=(1_000, 3_000),
    table_rows=(1_000, 10_000),
    growth_rounds=1,
    growth_orders=600,
    due_websites=(250, 500, 2_000),
    fault_orders=200,
    faults=1,
    seconds=Seconds(imports=20, fast_imports=10, cold_starts=6, growth=6, memory=10),
)
