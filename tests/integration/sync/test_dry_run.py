"""A dry run shows what a sync would do, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.expected import expected_customers, expected_outcomes

if TYPE_CHECKING:
    from magento_sync.sync.result import Summary
    from tests.support.system import System


def outcomes(summary: Summary) -> dict[int, str]:
    """Returns the outcomes of a dry run by order id."""
    return {order_id: outcome for outcome, ids in summary["orders"].items() for order_id in ids}


def test_a_dry_run_shows_each_order_s_outcome_and_writes_nothing(system: System) -> None:
    website = system.add_website("lampen.example")
    before = system.app.website(website)

    summary = system.dry_run(website)

    assert summary["status"] == "COMPLETED"
    assert outcomes(summary) == expected_outcomes("lampen.example")
    assert summary["importedCustomers"] == len(expected_customers("lampen.example"))
    assert system.app.customers(website) == []
    assert system.app.ledger(website) == {}
    assert system.app.runs(website) == []
    assert system.app.website(website) == before


def test_a_dry_run_whose_time_is_up_shows_the_orders_that_it_has_read(system: System) -> None:
    website = system.add_website("mokken.example")
    system.seconds_left = 50.0

    summary = system.dry_run(website)

    assert (summary["status"], summary["ordersFetched"]) == ("STOPPED", 10)
    assert sorted(outcomes(summary)) == sorted(expected_outcomes("mokken.example"))[:10]
