"""A website that changes during its run: switched off, deleted, or with another watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.leases import another
from tests.support.shop_failures import side_effect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.system import System


def during_the_second_page(system: System, do: Callable[[], object]) -> None:
    """Adds four pages of orders, and runs a function while the shop prepares the second."""
    system.shop.orders.reset()
    for _ in range(40):
        system.shop.orders.add()
    system.shop.failures.switch_on(side_effect(do), "list", times=1, after=1)


def test_switching_auto_upload_off_stops_the_run_after_its_current_page(system: System) -> None:
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


def test_a_queued_run_reads_nothing_after_auto_upload_is_switched_off(system: System) -> None:
    website = system.add_website()
    run = system.claim(website)
    system.app.change_website(website, magentoAutoUploadEnabled=False)

    assert system.syncer.run(website, run)["status"] == "STOPPED"
    assert system.app.ledger(website) == {}


def test_a_run_is_skipped_once_its_website_is_deleted(system: System) -> None:
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


def test_a_page_is_not_stored_after_another_process_acquired_the_run(system: System, database_url: str) -> None:
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


def test_a_watermark_raised_by_hand_during_a_run_skips_the_ids_below(system: System) -> None:
    website = system.add_website()
    during_the_second_page(system, lambda: system.app.change_website(website, magentoLastEntityId=35))

    assert system.sync(website)["status"] == "COMPLETED"
    in_hand = len(system.app.customers(website)) - 5
    assert in_hand in {20, 30}
    assert sorted(system.app.ledger(website)) == [*range(1, in_hand + 1), *range(36, 41)]
    row = system.app.website(website)
    assert (row["magentoLastEntityId"], row["magentoSyncFloor"]) == (40, 35)
    assert system.sync(website)["ordersFetched"] == 0
