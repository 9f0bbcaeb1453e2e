"""Invocations of `site_sync` never take longer than the dispatcher's reserve."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from magento_sync.aws import invocations
from magento_sync.runs import dispatch

if TYPE_CHECKING:
    import pytest

LONGEST_PAUSES = 1 + 2  # of botocore's standard mode, before the second and the third attempt


def test_the_longest_invocation_fits_into_the_dispatchers_reserve() -> None:
    patience: Any = invocations.PATIENCE

    assert patience.retries == {"mode": "standard", "total_max_attempts": 3}
    for seconds in (patience.connect_timeout, patience.read_timeout):
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
        return invocations._client()  # noqa: SLF001 - what `start_site_sync` asks for

    monkeypatch.setattr("boto3.client", create)
    invocations._only_client.cache_clear()  # noqa: SLF001
    with ThreadPoolExecutor(dispatch.INVOCATIONS_AT_ONCE) as pool:
        clients = list(pool.map(ask, range(dispatch.INVOCATIONS_AT_ONCE)))
    invocations._only_client.cache_clear()  # noqa: SLF001

    assert len(created) == 1
    assert set(clients) == set(created)


def test_the_client_keeps_a_connection_for_each_thread() -> None:
    patience: Any = invocations.PATIENCE

    assert patience.max_pool_connections >= dispatch.INVOCATIONS_AT_ONCE
