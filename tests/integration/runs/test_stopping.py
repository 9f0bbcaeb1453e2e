"""What happens to a website while its orders are read: switched off, deleted, moved on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.leases import another
from tests.support.shop_failures import SideEffect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.system import System


def during_the_second_page(system: System, do: Callable[[], object]) -> None:
    """Four pages of orders; something happens while the shop works on the second."""
    system.shop.orders.reset()
    for _ in range(40):
        system.shop.orders.add()
    system.shop.failures.switch_on(SideEffect(do), "list", times=1, after=1)


def test_switching_off_stops_after_the_page_in_hand(system: System) -> None:
    website = system.add_website()
    during_the_second_page(system, lambda: system.app.change_website(website, magentoAutoUploadEnabled=False))

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("STOPPED", None)
    stored = len(system.app.customers(website))
    assert summary["importedCustomers"] == stored
    assert 10 < stored < 40
    row = system.app.website(website)
    assert (row["magentoAutoUploadStatus"], row["magentoSyncStatus"]) == ("STOPPED", "stopped")
    assert (row["magentoLastEntityId"], row["magentoLastSync"]) == (stored, None)
    assert system.app.runs(website)[0]["status"] == "STOPPED"

    system.app.change_website(website, magentoAutoUploadEnabled=True)
    assert system.sync(website)["importedCustomers"] == 40 - stored


def test_a_claimed_run_of_a_website_that_was_switched_off_reads_nothing(system: System) -> None:
    website = system.add_website()
    run = system.claim(website)
    system.app.change_website(website, magentoAutoUploadEnabled=False)

    assert system.syncer.run(website, run)["status"] == "STOPPED"
    assert system.app.ledger(website) == {}


def test_a_website_that_is_deleted_meanwhile_ends_the_run_quietly(system: System) -> None:
    website = system.add_website()

    def delete() -> None:
        for query in (
            'DELETE FROM "Customer" WHERE "websiteId" = %s',
            'DELETE FROM "Website" WHERE "id" = %s',
        ):
            system.app.rows.execute(query, [website])

    during_the_second_page(system, delete)

    summary = system.sync(website)

    assert (summary["status"], summary["errorCode"]) == ("SKIPPED", "RUN_OVER")
    assert system.app.everything() == "[]"
    assert system.app.customers(website) == []


def test_a_page_in_flight_of_a_run_that_another_took_up_is_not_stored(system: System, database_url: str) -> None:
    website = system.add_website()
    run = system.claim(website)
    later = []
    with another(database_url) as database:
        other = system.beside(database).syncer
        during_the_second_page(system, lambda: later.append(other.run(website, run)))

        earlier = system.syncer.run(website, run)

    assert (earlier["status"], earlier["errorCode"]) == ("SKIPPED", "RUN_OVER")
    assert later[0]["status"] == "COMPLETED"
    assert len(system.app.customers(website)) == len(system.app.ledger(website)) == 40
    row = system.app.run(run)
    assert (row["ordersFetched"], row["importedCustomers"], row["invocations"]) == (40, 40, 2)


def test_a_watermark_that_is_raised_by_hand_meanwhile_leaves_out_what_lies_below(system: System) -> None:
    website = system.add_website()
    during_the_second_page(system, lambda: system.app.change_website(website, magentoLastEntityId=35))

    assert system.sync(website)["status"] == "COMPLETED"
    in_hand = len(system.app.customers(website)) - 5
    assert in_hand in {20, 30}
    assert sorted(system.app.ledger(website)) == [*range(1, in_hand + 1), *range(36, 41)]
    row = system.app.website(website)
    assert (row["magentoLastEntityId"], row["magentoSyncFloor"]) == (40, 35)
    assert system.sync(website)["ordersFetched"] == 0
