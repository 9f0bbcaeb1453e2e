"""Compares the tables with a plain model of shop, app and system, after every commit and every quiet moment.

The usual profile repeats the same sequences. A soak run tries new sequences for a given time:

    MODEL_MINUTES=20 .venv/bin/python -m pytest tests/proof/test_model.py
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from local.shop import Shop, ShopSettings, recorded_stores
from magento_sync.observability import metrics
from magento_sync.runs import dispatch
from tests.integration.conftest import DOMAINS, INTEGRATION
from tests.support.model.machine import Machine, tried
from tests.support.model.watch import WatchedDatabase
from tests.support.model.world import INDEX, World
from tests.support.proof import WHOLE
from tests.support.system import SETTINGS, System

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_ssm import SSMClient

    from tests.support.app import App

USUAL = settings(
    max_examples=36 if WHOLE else 5,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)
SOAK = settings(USUAL, derandomize=False, max_examples=20, stateful_step_count=60)


@pytest.fixture
def make(
    app: App, database_url: str, aws: SSMClient, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int], World]]:
    """Makes one world after another, in the same database and with the same shop."""
    monkeypatch.setattr("magento_sync.magento.client.FIRST_DELAY_SECONDS", 0.0001)
    monkeypatch.setattr(dispatch, "INVOCATIONS_AT_ONCE", 1)  # events in the same order each time
    monkeypatch.setattr(metrics.provider, "namespace", "MagentoSync")
    shop = Shop(stores=recorded_stores(DOMAINS), integrations=[INTEGRATION], settings=ShopSettings(bearer_allowed=True))

    def source(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
        return database_url

    database, other = WatchedDatabase(source), WatchedDatabase(source)

    def another(window: int) -> World:
        _clear(app, shop)
        system = System(database, app, shop, INTEGRATION, SETTINGS, aws)
        system.set(page_size=3, gap_window=window, look_ahead=15)
        world = World(system, database, other, window)
        database.seen = other.seen = world.observe
        return world

    with shop.serving():
        yield another
    database.close()
    other.close()
    metrics.provider.clear_metrics()


def _clear(app: App, shop: Shop) -> None:
    app.rows.execute('DELETE FROM "Customer"')
    app.rows.execute('DELETE FROM "Website"')
    app.rows.execute(f'CREATE UNIQUE INDEX IF NOT EXISTS {INDEX} ON "Customer" ("websiteId", "email")'.encode())
    shop.orders.reset()
    shop.failures.heal()
    shop.failures.switch_off()
    shop.requests.clear()
    metrics.provider.clear_metrics()


def test_the_tables_are_always_what_the_model_says(
    make: Callable[[int], World], monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(Machine, "make", staticmethod(make), raising=False)
    tried.clear()
    until = time.monotonic() + 60 * float(os.environ.get("MODEL_MINUTES", "0"))

    run_state_machine_as_test(Machine, settings=USUAL)
    while time.monotonic() < until:
        run_state_machine_as_test(Machine, settings=SOAK)

    for what, count in tried.items():
        record_property(f"model: {what}", count)
    assert tried["quiet moments"] > USUAL.max_examples
