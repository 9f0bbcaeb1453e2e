"""A sync's memory does not grow with the number of orders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.shop import many_orders
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from tests.support.system import System

PROJECT = Path(__file__).parents[3]
MANY = 50_000 if WHOLE else 15_000
ALLOWED_KILOBYTES = MANY / 5  # 10 MB for 50,000 orders


def measured(system: System, database_url: str, orders: int) -> dict[str, Any]:
    system.shop.orders.reset(many_orders(orders, store_ids=(1,), seed=2))
    website = system.add_website("mokken.example")
    command = [
        sys.executable, "-m", "tests.support.one_sync", database_url, website, json.dumps(system.integration.oauth),
    ]  # fmt: skip
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=PROJECT, env=os.environ | {"PYTHONPATH": paths}
    )
    measurement: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert measurement["summary"]["status"] == "COMPLETED"
    assert measurement["summary"]["ordersFetched"] == orders
    return measurement


def test_many_orders_take_no_more_memory_than_1000(system: System, database_url: str) -> None:
    small = measured(system, database_url, 1_000)
    large = measured(system, database_url, MANY)

    assert large["peak"] - small["peak"] < ALLOWED_KILOBYTES
