"""A run over several invocations."""

from __future__ import annotations

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
    """All invocations of a run, each started by the one before."""
    told = [system.sync(website)]
    while told[-1]["status"] == "CONTINUED":
        told.append(system.syncer.run(*system.continued[-1]))
    return told


def test_the_run_goes_on_where_it_stopped(system: System, website: str) -> None:
    first = system.sync(website)

    assert (first["status"], first["importedCustomers"], first["watermark"]) == ("CONTINUED", 10, 10)
    assert system.continued == [(website, first["runId"])]
    run = system.app.runs(website)[0]
    assert (run["status"], run["finishedAt"]) == ("QUEUED", None)
    assert system.app.website(website)["magentoAutoUploadStatus"] == "RUNNING"

    second = system.syncer.run(*system.continued[0])

    assert second["runId"] == first["runId"]
    assert (second["status"], second["importedCustomers"], second["watermark"]) == ("CONTINUED", 20, 20)


def test_no_order_comes_twice_over_all_invocations(system: System, website: str) -> None:
    told = _invocations(system, website)

    assert [one["status"] for one in told] == ["CONTINUED"] * 3 + ["COMPLETED"]
    assert len({one["runId"] for one in told}) == 1
    assert told[-1]["ordersFetched"] == told[-1]["importedCustomers"] == ORDERS == len(system.app.customers(website))
    assert told[-1]["fromEntityId"] == 0
    run = system.app.runs(website)[0]
    assert (run["status"], run["invocations"], run["expectedOrders"]) == ("COMPLETED", 4, ORDERS)
    assert len([one for one in system.shop.requests if one.kind == "list"]) == 4


def test_each_invocation_reads_at_least_one_page(system: System, website: str) -> None:
    system.seconds_left = 20.0

    assert len(_invocations(system, website)) == 4


def test_with_time_enough_one_invocation_does_all(system: System, website: str) -> None:
    system.seconds_left = PAGE_SECONDS + 1

    assert system.sync(website)["status"] == "COMPLETED"
    assert system.continued == []


def test_a_duplicate_of_the_first_event_takes_the_run_over_and_the_other_ends(system: System, website: str) -> None:
    first = system.sync(website)
    second = system.syncer.run(website, first["runId"] or "")

    told = system.syncer.run(*system.continued[0])

    assert second["watermark"] == 20
    assert told["watermark"] == 30
    assert len(system.app.customers(website)) == told["ordersFetched"] == 30


def test_a_hand_over_that_fails_is_made_good_by_the_next_fan_out(system: System, website: str) -> None:
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


@pytest.mark.parametrize(("before", "goes_on"), [(MOST_INVOCATIONS - 2, True), (MOST_INVOCATIONS - 1, False)])
def test_no_more_than_200_invocations_start_each_other(
    system: System,
    website: str,
    before: int,
    goes_on: bool,  # noqa: FBT001
) -> None:
    assert MOST_INVOCATIONS == 200
    run = system.claim(website)
    system.app.rows.execute('UPDATE "MagentoSyncRun" SET "invocations" = %s', [before])

    assert system.syncer.run(website, run)["status"] == "CONTINUED"

    assert system.continued == ([(website, run)] if goes_on else [])
    assert system.app.run(run)["status"] == "QUEUED"


def test_a_shop_that_uses_up_the_time_does_not_fail_the_run(system: System, website: str) -> None:
    """The third request is cut off, and then no time is left for another try."""
    system.shop.failures.switch_on(failures.CutOff(), "list", times=1, after=1)
    syncer = Sync(
        system.database,
        system.settings,
        deadline_with(lambda: 900.0 if len(system.shop.requests) < 3 else 1.0),
        lambda *run: system.continued.append((run[0], run[1])),
    )

    first = syncer.run(website, system.claim(website))
    system.seconds_left = 900.0
    second = system.syncer.run(*system.continued[0])

    assert first["status"] == "CONTINUED"
    assert second["status"] == "COMPLETED"
    assert second["ordersFetched"] == ORDERS


def _syncer(system: System, seconds_left: Callable[[], float]) -> Sync:
    return Sync(
        system.database,
        system.settings,
        deadline_with(seconds_left),
        lambda *run: system.continued.append((run[0], run[1])),
    )


def test_time_that_is_up_before_the_first_page_is_stored_is_no_failure_yet(system: System, website: str) -> None:
    """The first page is cut off, and then no time is left for another try."""
    system.shop.failures.switch_on(failures.CutOff(), "list", times=1)

    first = _syncer(system, _used_up_after(system, 2)).run(website, system.claim(website))

    assert (first["status"], first["ordersFetched"]) == ("CONTINUED", 0)
    assert [one.kind for one in system.shop.requests] == ["stores", "list"]

    system.seconds_left = 900.0
    assert system.syncer.run(*system.continued[-1])["importedCustomers"] == ORDERS


def test_two_invocations_in_a_row_that_store_nothing_end_the_run(system: System, website: str) -> None:
    first = _syncer(system, _used_up_after(system, 1)).run(website, system.claim(website))
    system.shop.forget_requests()

    second = _syncer(system, _used_up_after(system, 1)).run(*system.continued[-1])

    assert (first["status"], second["status"], second["errorCode"]) == ("CONTINUED", "FAILED", "TIME_IS_UP")
    assert len(system.continued) == 1
    assert system.app.website(website)["magentoAutoUploadStatus"] == "ERROR"


def test_a_page_in_between_begins_the_count_anew(system: System, website: str) -> None:
    told = _syncer(system, _used_up_after(system, 1)).run(website, system.claim(website))
    for pages in (2, 1, 2, 1):
        assert told["status"] == "CONTINUED"
        system.shop.forget_requests()
        told = _syncer(system, _used_up_after(system, pages)).run(*system.continued[-1])

    assert (told["status"], told["ordersFetched"]) == ("CONTINUED", 20)


def _used_up_after(system: System, requests: int) -> Callable[[], float]:
    return lambda: 900.0 if len(system.shop.requests) < requests else 1.0


def test_no_page_is_begun_without_time_for_it(system: System, website: str) -> None:
    """Getting in took long: the next invocation has all of its time for pages."""
    first = _syncer(system, lambda: 900.0 if not system.shop.requests else PAGE_SECONDS - 1).run(
        website, system.claim(website)
    )

    assert (first["status"], first["ordersFetched"]) == ("CONTINUED", 0)
    assert [one.kind for one in system.shop.requests] == ["stores"]


def test_where_getting_in_takes_long_each_time_a_page_is_begun_all_the_same(system: System, website: str) -> None:
    def slow_in() -> float:
        return 900.0 if not system.shop.requests else PAGE_SECONDS - 1

    _syncer(system, slow_in).run(website, system.claim(website))
    system.shop.forget_requests()

    second = _syncer(system, slow_in).run(*system.continued[-1])

    assert (second["status"], second["ordersFetched"]) == ("CONTINUED", 10)


def test_a_shop_that_asks_to_be_left_alone_is(system: System, website: str) -> None:
    """No new invocation is started before the time that it names, though time is short."""
    system.shop.failures.switch_on(failures.TooManyRequests("3600"), "list", after=1)
    system.seconds_left = 20.0
    first = system.sync(website)

    second = system.syncer.run(*system.continued[-1])

    assert (first["status"], second["status"], second["errorCode"]) == ("CONTINUED", "FAILED", "TOO_MANY_REQUESTS")
