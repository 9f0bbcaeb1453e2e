"""Claims and leases: reserving a website for a run, acquiring the run, and ending it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest

from magento_sync.db import websites
from magento_sync.db.connection.transaction import Transaction
from magento_sync.deadline import Deadline
from magento_sync.errors import FenceLost, Refusal, ShopUnavailable
from magento_sync.magento.orders.page import ProbeCursor
from magento_sync.runs import claims, leases
from magento_sync.sync import page_storage
from magento_sync.sync.conversion import ConvertedPage
from tests.support.claims import claim_due
from tests.support.leases import (
    DEADLINE_SECONDS,
    acquire,
    another,
    hold,
    minutes_ago,
    order,
    progress_of,
    someone_waits,
    store_page,
    until,
)
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from magento_sync.db.websites import Website
    from magento_sync.runs.leases import Lease
    from tests.support.app import App

    Rows = Connection[dict[str, Any]]

AT_ONCE = 20
SHOP = "https://shop.example/"


def test_twenty_claims_at_once_have_one_winner(app: App, database_url: str) -> None:
    website = app.add_website()
    together = threading.Barrier(AT_ONCE)

    def claim(_number: int) -> tuple[str, str | None]:
        with another(database_url) as database:
            database.run(Transaction.execute, "SELECT 1")
            together.wait(30)
            try:
                return "claimed", database.run(claims.claim_website, website, trigger="manual").run_id
            except Refusal as refusal:
                return refusal.code, refusal.run_id

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(claim, range(AT_ONCE)))

    assert [code for code, _ in answers].count("claimed") == 1
    assert [code for code, _ in answers].count("ALREADY_RUNNING") == AT_ONCE - 1
    assert {run for _, run in answers} == {app.website(website)["magentoSyncRunId"]}
    assert len(app.runs(website)) == 1


def test_a_claim_marks_the_website_running_and_queues_a_run(database: Database, app: App) -> None:
    website = app.add_website(magentoApiUrl="https://Shop.Example/rest/V1")

    claim = database.run(claims.claim_website, website, trigger="manual")

    row = app.website(website)
    assert (row["magentoAutoUploadStatus"], row["magentoSyncStatus"]) == ("RUNNING", "running")
    assert row["magentoSyncRunId"] == claim.run_id
    assert minutes_ago(1) < row["magentoAutoUploadLastRun"] <= minutes_ago(0)
    run = app.run(claim.run_id)
    assert (run["status"], run["trigger"], run["shop"]) == ("QUEUED", "manual", "shop.example")
    assert (run["token"], run["invocations"]) == (None, 0)


def test_a_refused_claim_has_a_code_and_the_run_in_the_way(database: Database, app: App) -> None:
    off = app.add_website(enabled=False)
    by_the_earlier_app = app.add_website(magentoAutoUploadStatus="RUNNING")
    going = app.add_website()
    run = database.run(claims.claim_website, going, trigger="manual").run_id
    for website, code, in_the_way in (
        ("nobody", "WEBSITE_NOT_FOUND", None),
        (off, "AUTO_UPLOAD_OFF", None),
        (by_the_earlier_app, "ALREADY_RUNNING", None),
        (going, "ALREADY_RUNNING", run),
    ):
        with pytest.raises(Refusal) as refused:
            database.run(claims.claim_website, website, trigger="manual")
        assert (refused.value.code, refused.value.run_id) == (code, in_the_way)
    assert app.runs(off) == app.runs(by_the_earlier_app) == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_website_freed_during_a_refused_claim_is_not_reported_as_off(
    database: Database,
    app: App,
    rows: Rows,
    monkeypatch: pytest.MonkeyPatch,
    taken: bool,  # noqa: FBT001
) -> None:
    website = app.add_website()
    earlier = database.run(claims.claim_website, website, trigger="manual").run_id
    look = websites.find

    def set_status(status: str) -> None:
        rows.execute('UPDATE "Website" SET "magentoAutoUploadStatus" = %s WHERE "id" = %s', [status, website])

    def look_as_the_run_ends(transaction: Transaction, website_id: str) -> Website | None:
        set_status("STOPPED")
        seen = look(transaction, website_id)
        if taken:
            set_status("RUNNING")
        return seen

    monkeypatch.setattr(websites, "find", look_as_the_run_ends)

    if taken:
        with pytest.raises(Refusal) as refusal:
            database.run(claims.claim_website, website, trigger="manual")
        assert (refusal.value.code, refusal.value.run_id) == ("ALREADY_RUNNING", earlier)
    else:
        claim = database.run(claims.claim_website, website, trigger="manual")
        assert app.website(website)["magentoSyncRunId"] == claim.run_id != earlier


def test_the_id_of_a_finished_run_is_not_claimed_again(database: Database, app: App) -> None:
    website = app.add_website()
    database.run(claims.claim_website, website, trigger="manual", run_id="direct-1")
    lease = database.run(acquire, website, "direct-1", SETTINGS)
    database.run(leases.finish, lease, "COMPLETED", 300)

    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(claims.claim_website, website, trigger="manual", run_id="direct-1")

    assert app.website(website)["magentoAutoUploadStatus"] == "STOPPED"


def test_the_id_of_an_active_run_is_not_claimed_again(database: Database, app: App) -> None:
    """A retry of the same event, after the website was freed by hand."""
    website = app.add_website()
    database.run(claims.claim_website, website, trigger="manual", run_id="direct-1")
    app.change_website(website, magentoAutoUploadStatus="STOPPED", magentoSyncRunId=None)

    with pytest.raises(Refusal, match="ALREADY_RUNNING") as refused:
        database.run(claims.claim_website, website, trigger="manual", run_id="direct-1")

    assert refused.value.run_id == "direct-1"


def test_a_status_column_that_is_text_or_null_works(database: Database, app: App, rows: Rows) -> None:
    rows.execute(
        """ALTER TABLE "Website" ALTER "magentoAutoUploadStatus" DROP DEFAULT,
        ALTER "magentoAutoUploadStatus" DROP NOT NULL,
        ALTER "magentoAutoUploadStatus" TYPE text USING "magentoAutoUploadStatus"::text"""
    )
    website = app.add_website()

    database.run(claims.give_back, database.run(claims.claim_website, website, trigger="manual"))
    assert app.website(website)["magentoAutoUploadStatus"] is None

    [claim] = database.run(claim_due, SETTINGS).claims
    database.run(leases.finish, database.run(acquire, website, claim.run_id, SETTINGS), "COMPLETED", 300)
    assert app.website(website)["magentoAutoUploadStatus"] == "STOPPED"

    database.run(leases.fail, hold(database, website), ShopUnavailable("MAINTENANCE"))
    assert app.website(website)["magentoAutoUploadStatus"] == "ERROR"


def test_acquiring_a_run_again_ends_the_earlier_lease(database: Database, app: App) -> None:
    website = app.add_website()
    early = hold(database, website)

    late = database.run(acquire, website, early.run.id, SETTINGS)

    assert late.run.token != early.run.token
    writes: list[Callable[[Lease], object]] = [
        lambda lease: store_page(database, lease, order(1)),
        lambda lease: database.run(leases.hand_over, lease),
        lambda lease: database.run(leases.finish, lease, "COMPLETED", 300),
        lambda lease: database.run(leases.fail, lease, ShopUnavailable("MAINTENANCE")),
    ]
    before = app.run(early.run.id), app.website(website)
    for write in writes:
        with pytest.raises(FenceLost):
            write(early)
    assert (app.run(early.run.id), app.website(website)) == before
    assert app.customers(website) == []
    assert app.ledger(website) == {}

    store_page(database, late, order(1))
    assert app.ledger(website) == {1: "imported"}
    assert app.run(early.run.id)["invocations"] == 2


def test_handing_over_ends_the_lease(database: Database, app: App) -> None:
    """The run keeps the token until it is acquired again."""
    website = app.add_website()
    lease = hold(database, website)
    database.run(leases.hand_over, lease)

    with pytest.raises(FenceLost):
        store_page(database, lease, order(1))

    assert app.ledger(website) == {}


def test_a_page_without_probing_keeps_the_probe_cursor(database: Database, app: App) -> None:
    lease = hold(database, app.add_website())

    for cursor in (ProbeCursor(50, exists_up_to=40), None):
        database.run(page_storage.store_page, lease, ConvertedPage([], {}, probe_cursor=cursor), expected=None)

    run = app.run(lease.run.id)
    assert (run["probedUpTo"], run["existsUpTo"]) == (50, 40)


def _finished(database: Database, app: App, rows: Rows, lease: Lease) -> None:  # noqa: ARG001
    database.run(leases.finish, lease, "COMPLETED", 300)


def _failed(database: Database, app: App, rows: Rows, lease: Lease) -> None:  # noqa: ARG001
    database.run(leases.fail, lease, ShopUnavailable("MAINTENANCE"))


def _replaced(database: Database, app: App, rows: Rows, lease: Lease) -> None:
    _finished(database, app, rows, lease)
    hold(database, lease.website.id)


def _website_deleted(database: Database, app: App, rows: Rows, lease: Lease) -> None:  # noqa: ARG001
    rows.execute('DELETE FROM "Website" WHERE "id" = %s', [lease.website.id])


def _given_to_another_run(database: Database, app: App, rows: Rows, lease: Lease) -> None:  # noqa: ARG001
    app.change_website(lease.website.id, magentoSyncRunId="another")


def _ended_by_hand(database: Database, app: App, rows: Rows, lease: Lease) -> None:  # noqa: ARG001
    rows.execute("""UPDATE "MagentoSyncRun" SET "status" = 'STOPPED' WHERE "id" = %s""", [lease.run.id])


@pytest.mark.parametrize(
    "end", [_finished, _failed, _replaced, _website_deleted, _given_to_another_run, _ended_by_hand]
)
def test_a_finished_or_superseded_run_is_not_acquired(
    database: Database, app: App, rows: Rows, end: Callable[[Database, App, Rows, Lease], None]
) -> None:
    website = app.add_website()
    lease = hold(database, website)
    end(database, app, rows, lease)

    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(acquire, website, lease.run.id, SETTINGS)
    with pytest.raises(FenceLost):
        store_page(database, lease, order(1))


def test_a_run_is_acquired_for_its_own_website_only(database: Database, app: App) -> None:
    website, other = app.add_website(), app.add_website("other.example")
    run = database.run(claims.claim_website, website, trigger="manual").run_id

    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(acquire, other, run, SETTINGS)
    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(acquire, website, "no such run", SETTINGS)


def test_a_run_stays_queued_while_its_shop_has_as_many_runs_as_allowed(database: Database, app: App) -> None:
    several = [app.add_website(f"{n}.example", magentoApiUrl=SHOP) for n in range(3)]
    other_shop = app.add_website("other.example", magentoApiUrl="https://other.example")
    first, _second = hold(database, several[0]), hold(database, several[1])
    third = database.run(claims.claim_website, several[2], trigger="manual").run_id

    with pytest.raises(Refusal) as refused:
        database.run(acquire, several[2], third, SETTINGS)

    assert (refused.value.code, refused.value.run_id) == ("SHOP_BUSY", third)
    assert app.run(third)["status"] == "QUEUED"
    assert app.website(several[2])["magentoAutoUploadStatus"] == "RUNNING"
    hold(database, other_shop)
    database.run(acquire, several[0], first.run.id, SETTINGS)  # a run does not count against itself
    app.age(first.run.id, 31)  # stalled runs do not count
    database.run(acquire, several[2], third, SETTINGS)


def test_a_run_counts_against_the_shop_that_it_reads(database: Database, app: App) -> None:
    """The address was changed after the claim."""
    several = [app.add_website(f"{n}.example", magentoApiUrl=SHOP) for n in range(3)]
    moving = app.add_website("moving.example", magentoApiUrl="https://other.example")
    run = database.run(claims.claim_website, moving, trigger="manual").run_id
    app.change_website(moving, magentoApiUrl=SHOP)

    assert database.run(acquire, moving, run, SETTINGS).run.shop == "shop.example"
    hold(database, several[0])
    with pytest.raises(Refusal, match="SHOP_BUSY"):
        hold(database, several[1])


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE "MagentoSyncRun" SET "token" = 'another'""",
        """UPDATE "MagentoSyncRun" SET "status" = 'ABANDONED'""",
        'UPDATE "Website" SET "magentoSyncRunId" = NULL',
    ],
)
def test_a_lease_that_is_lost_while_its_holder_waits_for_the_lock_is_noticed(
    database: Database, app: App, database_url: str, change: LiteralString
) -> None:
    website = app.add_website()
    lease = hold(database, website)
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(change)
        waiting = pool.submit(store_page, database, lease, order(1))
        until(lambda: someone_waits(app))
        other.commit()

        with pytest.raises(FenceLost):
            waiting.result(DEADLINE_SECONDS)
    assert app.customers(website) == []


def test_a_locked_website_blocks_no_other_website_of_its_shop(database: Database, app: App, database_url: str) -> None:
    locked, other = (app.add_website(f"{n}.example", magentoApiUrl=SHOP) for n in range(2))
    runs = [database.run(claims.claim_website, one, trigger="manual").run_id for one in (locked, other)]
    with another(database_url) as waiting, psycopg.connect(database_url) as hanging, ThreadPoolExecutor(1) as pool:
        hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [locked])
        first = pool.submit(waiting.run, acquire, locked, runs[0], SETTINGS)
        until(lambda: someone_waits(app))
        database.deadline = Deadline.after(6.0)  # leaves a second: whoever waits fails

        assert database.run(acquire, other, runs[1], SETTINGS).run.status == "RUNNING"

        hanging.rollback()
        assert first.result(DEADLINE_SECONDS).run.status == "RUNNING"


def test_without_a_limit_a_shop_is_never_busy(database: Database, app: App) -> None:
    unbounded = replace(SETTINGS, syncs_per_shop=0)
    for number in range(4):
        website = app.add_website(f"{number}.example", magentoApiUrl=SHOP)
        run = database.run(claims.claim_website, website, trigger="manual").run_id
        database.run(acquire, website, run, unbounded)


def test_runs_acquired_at_once_keep_to_the_shops_limit(app: App, database: Database, database_url: str) -> None:
    several = [app.add_website(f"{n}.example", magentoApiUrl=SHOP) for n in range(8)]
    runs = [database.run(claims.claim_website, website, trigger="manual").run_id for website in several]
    together = threading.Barrier(len(runs))

    def acquire_one(number: int) -> bool:
        with another(database_url) as own:
            own.run(Transaction.execute, "SELECT 1")
            together.wait(30)
            try:
                own.run(acquire, several[number], runs[number], SETTINGS)
            except Refusal:
                return False
            return True

    with ThreadPoolExecutor(len(runs)) as pool:
        assert sum(pool.map(acquire_one, range(len(runs)))) == SETTINGS.syncs_per_shop


def test_websites_with_an_invalid_address_share_no_shop(database: Database, app: App) -> None:
    for number in range(4):
        hold(database, app.add_website(f"{number}.example", magentoApiUrl="no address \\"))


BEFORE = [
    {},
    {"magentoAutoUploadLastRun": minutes_ago(500).replace(microsecond=0), "magentoSyncStatus": "completed"},
    {
        "magentoAutoUploadStatus": "ERROR",
        "magentoSyncStatus": "failed: TLS",
        "magentoAutoUploadLastRun": minutes_ago(500).replace(microsecond=0),
    },
]


@pytest.mark.parametrize("before", BEFORE, ids=["never run", "completed", "failed"])
def test_giving_a_claim_back_restores_what_it_changed(database: Database, app: App, before: dict[str, object]) -> None:
    website = app.add_website(**before)  # type: ignore[arg-type]
    untouched = app.website(website)

    database.run(claims.give_back, database.run(claims.claim_website, website, trigger="manual"))

    assert app.website(website) | {"updatedAt": None} == untouched | {"updatedAt": None}
    assert app.runs(website) == []


@pytest.mark.parametrize("handed_over", [False, True], ids=["running", "handed over"])
def test_an_acquired_run_is_not_given_back(database: Database, app: App, handed_over: bool) -> None:  # noqa: FBT001
    website = app.add_website()
    claim = database.run(claims.claim_website, website, trigger="manual")
    lease = database.run(acquire, website, claim.run_id, SETTINGS)
    if handed_over:
        database.run(leases.hand_over, lease)

    database.run(claims.give_back, claim)

    assert app.website(website)["magentoSyncRunId"] == claim.run_id
    assert app.run(claim.run_id)["invocations"] == 1


def test_a_claim_on_a_locked_website_is_not_waited_for(database: Database, app: App, database_url: str) -> None:
    website = app.add_website()
    claim = database.run(claims.claim_website, website, trigger="schedule")
    database.deadline = Deadline.after(6.0)  # leaves a second: whoever waits fails
    with psycopg.connect(database_url) as hanging:
        hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [website])

        assert not database.run(claims.give_back, claim, wait=False)

    assert app.website(website)["magentoSyncRunId"] == claim.run_id
    assert database.run(claims.give_back, claim, wait=False)
    assert app.website(website)["magentoSyncRunId"] is None


def test_a_superseded_claim_is_not_given_back(database: Database, app: App) -> None:
    website = app.add_website()
    claim = database.run(claims.claim_website, website, trigger="manual")
    database.run(leases.finish, database.run(acquire, website, claim.run_id, SETTINGS), "COMPLETED", 300)
    newer = hold(database, website)

    database.run(claims.give_back, claim)

    assert app.website(website)["magentoSyncRunId"] == newer.run.id


def test_the_watermark_never_goes_down(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=10)
    lease = hold(database, website)

    store_page(database, lease, order(12))
    store_page(database, lease, order(3), order(8))
    assert app.website(website)["magentoLastEntityId"] == 12

    app.change_website(website, magentoLastEntityId=50)
    store_page(database, lease, order(20))
    store_page(database, lease)
    assert app.website(website)["magentoLastEntityId"] == 50
    assert app.run(lease.run.id)["toEntityId"] == 50


def test_a_watermark_raised_by_hand_becomes_the_floor_with_an_empty_page_too(database: Database, app: App) -> None:
    """Probing goes on after empty pages, and would ask for the ids below it as gaps."""
    website = app.add_website()
    lease = hold(database, website)
    store_page(database, lease, order(100))
    app.change_website(website, magentoLastEntityId=500)

    store_page(database, lease)

    assert app.website(website)["magentoSyncFloor"] == 500
    assert progress_of(database, website, lease.run).gaps == []


def test_a_floor_alone_leaves_an_empty_watermark_empty(database: Database, app: App) -> None:
    website = app.add_website()
    lease = hold(database, website)

    database.run(page_storage.store_page, lease, ConvertedPage([], {}), expected=0, floor=7)

    assert (app.website(website)["magentoLastEntityId"], app.website(website)["magentoSyncFloor"]) == (None, 7)


def test_the_watermark_never_goes_down_in_sql(database: Database, app: App) -> None:
    website = app.add_website(magentoLastEntityId=10)
    database.run(websites.advance, website, watermark=9)

    assert app.website(website)["magentoLastEntityId"] == 10


def test_the_floor_never_goes_down_in_sql(database: Database, app: App) -> None:
    website = app.add_website(magentoSyncFloor=10)
    database.run(websites.advance, website, floor=9)

    assert app.website(website)["magentoSyncFloor"] == 10


def test_a_page_is_stored_completely_or_not_at_all(database: Database, app: App, rows: Rows) -> None:
    website = app.add_website()
    lease = hold(database, website)
    rows.execute('ALTER TABLE "MagentoSyncRun" ADD CHECK ("ordersFetched" < 2)')

    with pytest.raises(Exception, match="SQLSTATE 23514"):
        store_page(database, lease, order(1), order(2))

    assert app.customers(website) == []
    assert app.ledger(website) == {}
    assert app.website(website)["magentoLastEntityId"] is None
