"""A run continues in further invocations where one does not suffice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.shop import failures
from magento_sync.deadline import Deadline
from magento_sync.errors import InvocationRefused
from magento_sync.runs.dispatch import dispatch
from magento_sync.sync.time_budget import PAGE_SECONDS
from magento_sync.sync.website_sync import MOST_INVOCATIONS, Sync
from tests.support.deadlines import deadline_with

if TYPE_CHECKING:
    from collections.abc import Callable

    from magento_sync.sync.result import Summary
    from tests.support.system import System

ORDERS = 35


@pytest.fixture
def website(system: System) -> str:
    """A website whose shop has four pages of orders, and invocations with time for one page each."""
    system.shop.orders.reset()
    for _ in range(ORDERS):
        system.shop.orders.add()
    system.seconds_left = PAGE_SECONDS - 1
    return system.add_website()


def _invocations(system: System, website: str) -> list[Summary]:
    """Returns the summaries of all invocations of a run, each started by the one before."""
    summaries = [system.sync(website)]
    while summaries[-1]["status"] == "CONTINUED":
        summaries.append(system.syncer.run(*system.continued[-1]))
    return summaries


def test_a_run_continues_where_the_invocation_before_ended(system: System, website: str) -> None:
    first = system.sync(website)

    assert (first["status"], first["importedCustomers"], first["watermark"]) == ("CONTINUED", 10, 10)
    assert system.continued == [(website, first["runId"])]
    run = system.app.runs(website)[0]
    assert (run["status"], run["finishedAt"]) == ("QUEUED", None)
    assert system.app.website(website)["magentoAutoUploadStatus"] == "RUNNING"

    second = system.syncer.run(*system.continued[0])

    assert second["runId"] == first["runId"]
    assert (second["status"], second["importedCustomers"], second["watermark"]) == ("CONTINUED", 20, 20)


def test_no_order_is_read_twice_over_all_invocations(system: System, website: str) -> None:
    summaries = _invocations(system, website)

    assert [summary["status"] for summary in summaries] == ["CONTINUED"] * 3 + ["COMPLETED"]
    assert len({summary["runId"] for summary in summaries}) == 1
    last = summaries[-1]
    assert last["ordersFetched"] == last["importedCustomers"] == ORDERS == len(system.app.customers(website))
    assert last["fromEntityId"] == 0
    run = system.app.runs(website)[0]
    assert (run["status"], run["invocations"], run["expectedOrders"]) == ("COMPLETED", 4, ORDERS)
    assert [request.kind for request in system.shop.requests].count("list") == 4


def test_each_invocation_reads_at_least_one_page(system: System, website: str) -> None:
    system.seconds_left = 20.0

    assert len(_invocations(system, website)) == 4


def test_one_invocation_reads_all_orders_where_its_time_suffices(system: System, website: str) -> None:
    system.seconds_left = PAGE_SECONDS + 1

    assert system.sync(website)["status"] == "COMPLETED"
    assert system.continued == []


def test_a_duplicate_of_the_first_event_continues_the_run_and_no_order_is_stored_twice(
    system: System, website: str
) -> None:
    first = system.sync(website)
    second = system.syncer.run(website, first["runId"] or "")

    third = system.syncer.run(*system.continued[0])

    assert (second["watermark"], third["watermark"]) == (20, 30)
    assert len(system.app.customers(website)) == third["ordersFetched"] == 30


def test_a_run_whose_next_invocation_was_refused_is_sent_again_by_the_next_fan_out(
    system: System, website: str
) -> None:
    def refuse(_website: str, _run: str) -> None:
        raise InvocationRefused("Lambda refused to start site-sync (TooManyRequestsException).")

    failing = Sync(system.database, system.settings, system.deadline, refuse)
    first = failing.run(website, system.claim(website))
    assert first["status"] == "CONTINUED"
    system.app.age(first["runId"] or "", 3)

    sent: list[tuple[str, str]] = []
    dispatch(
        system.database,
        system.settings,
        lambda *, website_id, run_id, trigger: sent.append((website_id, run_id)),  # noqa: ARG005
        Deadline.after(100.0),
    )

    assert sent == [(website, first["runId"])]
    system.seconds_left = 900.0
    assert system.syncer.run(*sent[0])["importedCustomers"] == ORDERS


@pytest.mark.parametrize(("before", "continues"), [(MOST_INVOCATIONS - 2, True), (MOST_INVOCATIONS - 1, False)])
def test_no_more_than_200_invocations_start_each_other(
    system: System,
    website: str,
    before: int,
    continues: bool,  # noqa: FBT001
) -> None:
    assert MOST_INVOCATIONS == 200
    run = system.claim(website)
    system.app.rows.execute('UPDATE "MagentoSyncRun" SET "invocations" = %s', [before])

    assert system.syncer.run(website, run)["status"] == "CONTINUED"

    assert system.continued == ([(website, run)] if continues else [])
    assert system.app.run(run)["status"] == "QUEUED"


def test_a_shop_that_uses_up_the_time_of_an_invocation_does_not_fail_the_run(system: System, website: str) -> None:
    """The third request is cut off, and no time is left for another attempt."""
    system.shop.failures.switch_on(failures.cut_off(), "list", times=1, after=1)

    first = _syncer(system, _used_up_after(system, 3)).run(website, system.claim(website))
    system.seconds_left = 900.0
    second = system.syncer.run(*system.continued[0])

    assert first["status"] == "CONTINUED"
    assert second["status"] == "COMPLETED"
    assert second["ordersFetched"] == ORDERS


def _syncer(system: System, seconds_left: Callable[[], float]) -> Sync:
    return replace(system.syncer, deadline=deadline_with(seconds_left))


def test_an_invocation_that_stores_nothing_does_not_fail_the_run(system: System, website: str) -> None:
    """The first page is cut off, and no time is left for another attempt."""
    system.shop.failures.switch_on(failures.cut_off(), "list", times=1)

    first = _syncer(system, _used_up_after(system, 2)).run(website, system.claim(website))

    assert (first["status"], first["ordersFetched"]) == ("CONTINUED", 0)
    assert [request.kind for request in system.shop.requests] == ["stores", "list"]

    system.seconds_left = 900.0
    assert system.syncer.run(*system.continued[-1])["importedCustomers"] == ORDERS


def test_two_invocations_in_a_row_that_store_nothing_fail_the_run(system: System, website: str) -> None:
    first = _syncer(system, _used_up_after(system, 1)).run(website, system.claim(website))
    system.shop.requests.clear()

    second = _syncer(system, _used_up_after(system, 1)).run(*system.continued[-1])

    assert (first["status"], second["status"], second["errorCode"]) == ("CONTINUED", "FAILED", "TIME_IS_UP")
    assert len(system.continued) == 1
    assert system.app.website(website)["magentoAutoUploadStatus"] == "ERROR"


def test_a_stored_page_resets_the_count_of_idle_invocations(system: System, website: str) -> None:
    summary = _syncer(system, _used_up_after(system, 1)).run(website, system.claim(website))
    for pages in (2, 1, 2, 1):
        assert summary["status"] == "CONTINUED"
        system.shop.requests.clear()
        summary = _syncer(system, _used_up_after(system, pages)).run(*system.continued[-1])

    assert (summary["status"], summary["ordersFetched"]) == ("CONTINUED", 20)


def _used_up_after(system: System, requests: int) -> Callable[[], float]:
    return lambda: 900.0 if len(system.shop.requests) < requests else 1.0


def test_no_page_begins_without_time_for_it(system: System, website: str) -> None:
    """Finding the stores took long: the next invocation has all of its time for pages."""
    first = _syncer(system, lambda: 900.0 if not system.shop.requests else PAGE_SECONDS - 1).run(
        website, system.claim(website)
    )

    assert (first["status"], first["ordersFetched"]) == ("CONTINUED", 0)
    assert [request.kind for request in system.shop.requests] == ["stores"]


def test_a_page_begins_with_little_time_where_finding_the_stores_takes_long_in_each_invocation(
    system: System, website: str
) -> None:
    def little_after_the_stores() -> float:
        return 900.0 if not system.shop.requests else PAGE_SECONDS - 1

    _syncer(system, little_after_the_stores).run(website, system.claim(website))
    system.shop.requests.clear()

    second = _syncer(system, little_after_the_stores).run(*system.continued[-1])

    assert (second["status"], second["ordersFetched"]) == ("CONTINUED", 10)


def test_a_long_pause_that_the_shop_asks_for_ends_the_run_though_time_is_short(system: System, website: str) -> None:
    system.shop.failures.switch_on(failures.error_page(429, "3600"), "list", after=1)
    system.seconds_left = 20.0
    first = system.sync(website)

    second = system.syncer.run(*system.continued[-1])

    assert (first["status"], second["status"], second["errorCode"]) == ("CONTINUED", "FAILED", "TOO_MANY_REQUESTS")
