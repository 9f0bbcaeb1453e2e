"""What a page adds to its run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from magento_sync.db.run_record import Counts, Progress, Run

PAGE = Progress(Counts(100, 40, 30, 20, 6, 4), 700, 900, "discovery", None, None)
RUN = Run(
    id="r",
    website_id="w",
    shop="shop.example",
    trigger="manual",
    status="RUNNING",
    token="t",
    method=None,
    method_reason=None,
    counts=Counts(1, 2, 3, 4, 5, 6),
    expected_orders=None,
    from_entity_id=0,
    to_entity_id=600,
    probe_cursor=None,
    error_code=None,
    error_message=None,
    error_parameters={},
    invocations=2,
    idle_invocations=2,
    queued_at=None,  # type: ignore[arg-type]  # of no interest here
    started_at=None,
    heartbeat_at=None,
    finished_at=None,
    stop_requested_at=None,
)


def test_a_page_adds_its_counts_and_says_how_far_and_how_it_was_read() -> None:
    probed = replace(PAGE, method="probing", method_reason="ORDER_DAMAGED", probe_cursor=(0, 0))

    after = RUN.after(probed)

    assert after.counts == Counts(101, 42, 33, 24, 11, 10)
    assert (after.to_entity_id, after.method, after.method_reason) == (700, "probing", "ORDER_DAMAGED")
    assert (after.probe_cursor, after.idle_invocations, after.invocations) == ((0, 0), 0, 2)


def test_a_page_without_probing_keeps_how_far_an_earlier_one_has_probed() -> None:
    assert replace(RUN, probe_cursor=(9, 7)).after(PAGE).probe_cursor == (9, 7)


@pytest.mark.parametrize(
    ("before", "remaining", "method", "expected"),
    [
        (None, None, "discovery", None),
        (None, 900, "discovery", 901),
        (950, None, "discovery", 950),
        (950, 900, "discovery", 950),
        (700, 900, "discovery", 901),
        (700, 2**31, "discovery", 2**31 - 1),
        (950, 900, "probing", None),
    ],
)
def test_the_expected_orders_are_those_read_and_those_that_remain_and_never_fewer_than_before(
    before: int | None, remaining: int | None, method: str, expected: int | None
) -> None:
    after = replace(RUN, expected_orders=before).after(replace(PAGE, expected=remaining, method=method))

    assert after.expected_orders == expected
