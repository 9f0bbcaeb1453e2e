"""Orders that appear below the watermark, the window of gaps, and orders that cannot be stored."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from local.shop import failures
from magento_sync.db import ledger
from magento_sync.db.outcomes import Outcome
from magento_sync.sync import page_storage
from magento_sync.sync.conversion import ConvertedPage
from tests.support.leases import hold, order
from tests.support.shop_failures import side_effect
from tests.support.system import personal_data

if TYPE_CHECKING:
    from tests.support.system import System


@pytest.fixture
def website(system: System) -> str:
    """A website whose shop has no orders yet."""
    system.shop.orders.reset()
    return system.add_website()


def _place(system: System, count: int) -> list[int]:
    return [system.shop.orders.add() for _ in range(count)]


def _asked_again(system: System) -> set[int]:
    """Returns the ids that requests since `requests.clear()` named as gaps."""
    asked: set[int] = set()
    for request in system.shop.requests:
        for name, value in request.query.items():
            filter_, _, part = name.rpartition("[")
            if part != "value]" or request.query.get(f"{filter_}[field]") != "entity_id":
                continue
            if request.query[f"{filter_}[conditionType]"] == "in":
                asked |= set(map(int, value.split(",")))
    return asked


def _lists(system: System) -> int:
    return len([request for request in system.shop.requests if request.kind == "list"])


def _row(system: System, order_id: int) -> dict[str, Any]:
    row = system.app.rows.execute('SELECT * FROM "MagentoSyncOrder" WHERE "orderId" = %s', [order_id]).fetchone()
    assert row is not None
    return row


def test_an_order_committed_late_is_imported_by_the_next_run(system: System, website: str) -> None:
    _place(system, 3)
    late = system.shop.orders.reserve()
    _place(system, 3)
    assert system.sync(website)["watermark"] == 7
    assert late not in system.app.ledger(website)

    system.shop.orders.commit(late)
    summary = system.sync(website)

    assert (summary["importedCustomers"], summary["ordersFetched"], summary["watermark"]) == (1, 1, 7)
    assert system.app.ledger(website)[late] == "imported"
    assert system.sync(website)["ordersFetched"] == 0


def test_an_order_committed_late_during_a_run_is_imported(system: System, website: str) -> None:
    late = system.shop.orders.reserve()
    _place(system, 25)
    system.seconds_left = 20.0
    first = system.sync(website)
    system.shop.orders.commit(late)
    while first["status"] == "CONTINUED":
        first = system.syncer.run(*system.continued[-1])

    assert set(system.app.ledger(website)) == set(range(1, 27))


def test_every_page_asks_for_the_gaps_that_the_window_will_have_left_when_the_run_ends(
    system: System, website: str
) -> None:
    system.set(gap_window=5, page_size=3)
    _place(system, 2)
    late = system.shop.orders.reserve()
    _place(system, 20)
    commit = side_effect(lambda: system.shop.orders.commit(late))
    system.shop.failures.switch_on(commit, "list", times=1, after=1)

    system.sync(website)

    assert len(system.app.customers(website)) == 23


def test_ids_without_an_order_stay_gaps_and_cost_no_request(system: System, website: str) -> None:
    _place(system, 3)
    rolled_back = {system.shop.orders.reserve() for _ in range(4)}
    _place(system, 3)
    system.sync(website)
    system.sync(website)  # asks whether the shop has started over, as it does once a day
    for _ in range(2):
        system.shop.requests.clear()

        assert system.sync(website)["status"] == "COMPLETED"

        assert _asked_again(system) == rolled_back
        assert _lists(system) == 1


def test_nothing_below_the_window_of_gaps_is_kept_or_asked_for(system: System, website: str) -> None:
    system.set(gap_window=5)
    gap = system.shop.orders.reserve()
    _place(system, 29)

    system.sync(website)

    assert sorted(system.app.ledger(website)) == [26, 27, 28, 29, 30]
    assert system.app.website(website)["magentoSyncFloor"] == 25
    system.set(gap_window=300)
    system.shop.orders.commit(gap)
    system.shop.requests.clear()
    assert system.sync(website)["importedCustomers"] == 0
    assert _asked_again(system) == set()
    assert len(system.app.customers(website)) == 29


def test_the_floor_rises_together_with_the_pruning_or_not_at_all(
    system: System, website: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def killed(*_arguments: object) -> None:
        raise Killed

    system.set(gap_window=5)
    _place(system, 20)
    monkeypatch.setattr(ledger, "prune", killed)
    with pytest.raises(Killed):
        system.sync(website)
    assert (system.app.website(website)["magentoSyncFloor"] or 0) == 0
    assert len(system.app.ledger(website)) == 20
    assert system.app.runs(website)[0]["status"] == "RUNNING"

    monkeypatch.undo()
    run = system.app.runs(website)[0]["id"]
    assert system.syncer.run(website, run)["status"] == "COMPLETED"
    assert system.app.website(website)["magentoSyncFloor"] == 15


def test_the_watermark_of_an_earlier_system_is_the_floor(system: System, website: str) -> None:
    _place(system, 20)
    system.app.change_website(website, magentoLastEntityId=15)
    preview = system.dry_run(website)

    summary = system.sync(website)

    assert preview["orders"]["imported"] == [16, 17, 18, 19, 20]
    assert (summary["importedCustomers"], summary["fromEntityId"], summary["watermark"]) == (5, 15, 20)
    assert set(system.app.ledger(website)) == {16, 17, 18, 19, 20}
    assert system.app.website(website)["magentoSyncFloor"] == 15
    assert system.sync(website)["ordersFetched"] == 0
    assert not _asked_again(system) & set(range(1, 16))


def test_a_watermark_set_by_hand_is_the_floor(system: System, website: str) -> None:
    _place(system, 10)
    system.sync(website)
    _place(system, 20)
    system.app.change_website(website, magentoLastEntityId=25)
    preview = system.dry_run(website)

    summary = system.sync(website)

    assert preview["orders"]["imported"] == [26, 27, 28, 29, 30]
    assert summary["importedCustomers"] == 5
    assert set(system.app.ledger(website)) == {*range(1, 11), *range(26, 31)}
    assert system.app.website(website)["magentoSyncFloor"] == 25


def test_a_watermark_set_by_hand_is_the_floor_though_an_id_too_large_is_quarantined(
    system: System, website: str
) -> None:
    _place(system, 10)
    system.shop.orders.commit(2**31)
    system.sync(website)
    for order_id in range(11, 31):
        system.shop.orders.commit(order_id)
    system.app.change_website(website, magentoLastEntityId=25)

    system.sync(website)

    assert set(system.app.ledger(website)) == {*range(1, 11), *range(26, 31), 2**31}


def test_orders_above_a_watermark_set_back_by_hand_are_not_imported_twice(system: System, website: str) -> None:
    _place(system, 10)
    system.sync(website)
    system.app.change_website(website, magentoLastEntityId=5)

    summary = system.sync(website)

    assert (summary["ordersFetched"], summary["importedCustomers"], summary["watermark"]) == (5, 0, 10)


@pytest.mark.parametrize("window", [300, 5, 0])
def test_an_order_with_an_unusable_value_is_tried_again_when_its_time_has_come(
    system: System, website: str, window: int
) -> None:
    system.set(gap_window=window)
    _place(system, 3)
    broken = system.shop.orders.add(created_at="last Tuesday")
    _place(system, 20)

    first = system.sync(website)

    assert (first["failedOrders"], first["importedCustomers"], first["watermark"]) == (1, 23, 24)
    row = _row(system, broken)
    assert (row["outcome"], row["reasonCode"], row["attempts"]) == ("failed", "UNUSABLE_DATE", 1)
    assert (row["nextAttemptAt"] - row["recordedAt"]).total_seconds() == pytest.approx(3600, abs=1)

    system.shop.requests.clear()
    assert system.scheduled_sync(website)["ordersFetched"] == 0
    assert broken not in _asked_again(system)

    for attempts, hours in ((2, 2), (3, 4), (4, 8)):
        system.let_retries_come()
        assert system.scheduled_sync(website)["failedOrders"] == 1
        row = _row(system, broken)
        assert row["attempts"] == attempts
        assert (row["nextAttemptAt"] - row["recordedAt"]).total_seconds() == pytest.approx(hours * 3600, abs=1)

    system.shop.orders.change(broken, created_at="2026-11-22 15:00:00")
    system.let_retries_come()
    last = system.sync(website)
    assert (last["importedCustomers"], last["failedOrders"]) == (1, 0)
    assert f"customer{broken}@example.com" in system.app.emails(website)
    assert system.sync(website)["ordersFetched"] == 0


def test_a_page_of_ids_above_prismas_int_is_asked_for_once(system: System, website: str) -> None:
    """No watermark can record that they were read."""
    for number in range(25):
        system.shop.orders.commit(2**31 + number, store_id=1)
    system.shop.failures.switch_on(failures.internal_error(), "list", after=5)  # otherwise it might ask for ever

    summary = system.sync(website)

    assert (summary["status"], summary["ordersFetched"]) == ("COMPLETED", 25)


def test_a_handled_order_is_never_recorded_anew(system: System, website: str) -> None:
    [order] = _place(system, 1)
    system.sync(website)
    before = _row(system, order)

    system.database.run(ledger.record, website, "another run", {order: Outcome.FAILED}, {order: "VALUE_REFUSED"})

    assert _row(system, order) == before


def test_a_quarantined_order_waits_a_week_at_most(system: System, website: str) -> None:
    broken = system.shop.orders.add(created_at="last Tuesday")
    system.sync(website)
    system.app.rows.execute('UPDATE "MagentoSyncOrder" SET "attempts" = 1000')
    system.let_retries_come()

    system.sync(website)

    row = _row(system, broken)
    assert (row["nextAttemptAt"] - row["recordedAt"]).total_seconds() == pytest.approx(7 * 24 * 3600, abs=1)


def test_many_gaps_do_not_keep_quarantined_orders_waiting(system: System, website: str) -> None:
    system.set(gap_window=10)
    broken = system.shop.orders.add(created_at="last Tuesday")
    for _ in range(20):
        system.shop.orders.add(store_id=2)  # another website's
    _place(system, 1)
    system.sync(website)
    system.let_retries_come()

    system.sync(website)

    assert _row(system, broken)["attempts"] == 2


def test_an_id_above_prismas_int_is_quarantined_and_moves_no_watermark(system: System, website: str) -> None:
    for order_id in (7, 2**31 - 2, 2**31):
        system.shop.orders.commit(order_id)

    assert system.sync(website)["status"] == "COMPLETED"

    assert system.app.ledger(website) == {2**31 - 2: "imported", 2**31: "failed"}
    assert len(system.app.customers(website)) == 2
    assert system.app.website(website)["magentoLastEntityId"] == 2**31 - 2
    assert _row(system, 2**31)["reasonCode"] == "ID_TOO_LARGE"


def test_a_watermark_as_high_as_its_column_allows_is_handled(system: System, website: str) -> None:
    system.app.change_website(website, magentoLastEntityId=2**31 - 1)

    assert system.sync(website)["errorCode"] == "SHOP_RESET"


def test_an_expected_count_that_the_column_cannot_hold_is_cut(system: System, website: str) -> None:
    lease = hold(system.database, website)

    system.database.run(page_storage.store_page, lease, ConvertedPage([order(1)], {}), expected=2**31)

    assert system.app.run(lease.run.id)["expectedOrders"] == 2**31 - 1


def test_runs_and_ledger_hold_no_personal_data(system: System) -> None:
    website = system.add_website()
    system.shop.orders.add(
        created_at="last Tuesday", customer_email="secret@example.com", customer_firstname="Zwaantje"
    )
    system.app.rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(16)')

    assert system.sync(website)["failedOrders"] > 1

    text = system.app.everything().lower()
    assert '"failed"' in text
    assert not personal_data(system.shop) & set(re.findall(r"[^\s\"]+", text))
    assert "@" not in text
