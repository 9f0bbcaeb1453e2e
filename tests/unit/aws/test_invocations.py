"""Invocations of `site_sync` never take longer than the dispatcher's reserve."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from magento_sync.aws import clients
from magento_sync.runs import dispatch

if TYPE_CHECKING:
    import pytest

LONGEST_PAUSES = 1 + 2  # of botocore's standard mode, before the second and the third attempt


def test_the_longest_invocation_fits_into_the_dispatchers_reserve() -> None:
    patience = clients.PATIENCE["lambda"]

    assert patience["retries"] == {"mode": "standard", "total_max_attempts": 3}
    for seconds in (patience["connect_timeout"], patience["read_timeout"]):
        assert 3 * seconds + LONGEST_PAUSES < dispatch.RESERVE_SECONDS


def test_threads_that_need_the_client_at_once_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    created: list[object] = []
    together = threading.Barrier(dispatch.INVOCATIONS_AT_ONCE)

    def create(*_: object, **__: object) -> object:
        created.append(object())
        time.sleep(0)  # lets the other threads run
        return created[-1]

    def ask(_: int) -> object:
        together.wait(30)
        return clients.client("lambda")

    monkeypatch.setattr("botocore.session.Session.create_client", create)
    clients.forget_clients()
    with ThreadPoolExecutor(dispatch.INVOCATIONS_AT_ONCE) as pool:
        shared = list(pool.map(ask, range(dispatch.INVOCATIONS_AT_ONCE)))
    clients.forget_clients()

    assert len(created) == 1
    assert set(shared) == set(created)


def test_the_client_keeps_a_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    clients.forget_clients()
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")

    config: Any = clients.client("lambda").meta.config
    assert config.max_pool_connections >= dispatch.INVOCATIONS_AT_ONCE
    clients.forget_clients()
