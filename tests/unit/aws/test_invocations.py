"""Invocations of `site_sync` never take longer than the dispatcher's reserve."""

from __future__ import annotations

from typing import Any

from magento_sync.aws import invocations
from magento_sync.runs import dispatch

LONGEST_PAUSES = 1 + 2  # of botocore's standard mode, before the second and the third attempt


def test_the_longest_invocation_fits_into_the_dispatchers_reserve() -> None:
    patience: Any = invocations.PATIENCE

    assert patience.retries == {"mode": "standard", "total_max_attempts": 3}
    for seconds in (patience.connect_timeout, patience.read_timeout):
        assert 3 * seconds + LONGEST_PAUSES < dispatch.RESERVE_SECONDS
