"""Starting `site_sync`: one start never takes longer than its dispatcher can wait."""

from __future__ import annotations

from typing import Any

from magento_sync.aws import invocations
from magento_sync.runs import dispatch

LONGEST_PAUSES = 1 + 2  # of botocore's standard mode, before the second and the third attempt


def test_the_longest_start_fits_into_what_a_dispatcher_keeps_for_it() -> None:
    patience: Any = invocations.PATIENCE

    assert patience.retries == {"mode": "standard", "total_max_attempts": 3}
    for seconds in (patience.connect_timeout, patience.read_timeout):
        assert 3 * seconds + LONGEST_PAUSES < dispatch.RESERVE_SECONDS
