"""The dispatcher: it recovers runs, starts due syncs, and continues as places become free."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
import pytest

from magento_sync.db import stale_runs
from magento_sync.db.connection.database import BEGIN
from magento_sync.db.names import composed
from magento_sync.deadline import Deadline
from magento_sync.errors import DatabaseUnavailable, FenceLost, InvocationRefused, Refusal
from magento_sync.runs import claims, leases
from magento_sync.runs import dispatch as dispatching
from magento_sync.runs.dispatch import DispatchReport, dispatch, fan_out
from tests.support.leases import DEADLINE_SECONDS, acquire, hold, minutes_ago, order, store_page
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection

    from magento_sync.db.connection.database import Database
    from magento_sync.db.connection.transaction import Transaction
    from magento_sync.runs.claims import Claim
    from magento_sync.settings import Settings
    from tests.support.app import App


@dataclass
class Lambda:
    """Accepts events, or refuses those of some websites, slowly if asked to."""

    refuses: set[str] = field(default_factory=set)
    events: list[tuple[str, str, str]] = field(default_factory=list)
    takes_time: Callable[[], object] = lambda: None

    def __call__(self, *, website_id: str, run_id: str, trigger: str) -> None:
        self.takes_time()
        if website_id in self.refuses:
            raise InvocationRefused("Lambda refused to start site-sync (TooManyRequestsException).")
        self.events.append((website_id, run_id, trigger))

    @property
    def websites(self) -> list[str]:
        return [website for website, _, _ in self.events]


@dataclass
class Clock:
    """A clock that moves only in pauses and in slow starts; a function can run in each pause."""

    left: float = 100.0
    meanwhile: Any = None

    @property
    def deadline(self) -> Deadline:
        """When the time is up, on a clock that runs backwards from there."""
        return Deadline(0.0, clock=lambda: -self.left)

    def pass_by(self, seconds: float) -> None:
        self.left -= seconds

    def pause(self, seconds: float) -> None:
        self.pass_by(seconds)
        if self.meanwhile is not None:
            self.meanwhile()


def _dispatch(
    database: Database, start: Lambda, clock: Clock | None = None, settings: Settings = SETTINGS
) -> DispatchReport:
    clock = clock or Clock()
    return dispatch(database, settings, start, clock.deadline, clock.pause)


def _websites(app: App, count: int) -> list[str]:
    return [app.add_website(f"{n}.example", magentoApiUrl=f"https://{n}.example") for n in range(count)]


def test_every_due_website_is_started(database: Database, app: App) -> None:
    websites = _websites(app, 5)
    app.add_website("off.example", enabled=False)
    app.add_website("later.example", magentoAutoUploadLastRun=minutes_ago(1))
    start = Lambda()

    report = _dispatch(database, start)

    assert report == DispatchReport(started=5)
    assert sorted(start.websites) == sorted(websites)
    for website, run, trigger in start.events:
        assert trigger == "schedule"
        row = app.run(run)
        assert (row["status"], row["trigger"], row["websiteId"]) == ("QUEUED", "schedule", website)
        assert app.website(website)["magentoSyncRunId"] == run


def test_a_refused_invocation_gives_its_claim_back_and_all_others_start(database: Database, app: App) -> None:
    websites = _websites(app, 4)
    before = app.website(websites[1])
    start = Lambda(refuses={websites[1]})

    with pytest.raises(InvocationRefused, match="refused to start 1 syncs; 3 were"):
        _dispatch(database, start)

    assert set(start.websites) == {websites[0], websites[2], websites[3]}
    assert app.website(websites[1]) | {"updatedAt": None} == before | {"updatedAt": None}
    assert app.runs(websites[1]) == []


def test_waiting_websites_start_as_places_become_free(database: Database, app: App) -> None:
    websites = _websites(app, 5)
    start = Lambda()

    def one_finishes() -> None:
        website, run, _ = start.events[-1]
        database.run(leases.finish, database.run(acquire, website, run, SETTINGS), "COMPLETED", 300)

    clock = Clock(meanwhile=one_finishes)
    report = _dispatch(database, start, clock, replace(SETTINGS, max_running=2))

    assert report == DispatchReport(started=5)
    assert Counter(start.websites) == Counter(websites)
    assert clock.left == 100 - 3 * 2


def test_a_busy_shop_keeps_no_other_website_waiting(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its websites are overdue the longest, and fill several batches."""
    monkeypatch.setattr(dispatching, "BATCH_SIZE", 5)
    busy = [
        app.add_website(magentoApiUrl="https://busy.example", magentoAutoUploadLastRun=minutes_ago(1000 + number))
        for number in range(23)
    ]
    others = [
        app.add_website(magentoApiUrl=f"https://{number}.example", magentoAutoUploadLastRun=minutes_ago(400 - number))
        for number in range(7)
    ]
    start = Lambda()
    rounds: list[list[str]] = []

    def all_finish() -> None:
        rounds.append(start.websites[sum(map(len, rounds)) :])
        app.rows.execute("""UPDATE "MagentoSyncRun" SET "status" = 'COMPLETED'""")

    report = _dispatch(database, start, Clock(meanwhile=all_finish), replace(SETTINGS, max_running=6))

    assert report == DispatchReport(started=30)
    assert set(rounds[0]) == {*busy[:-3:-1], *others[:4]}
    assert set(rounds[1]) == {*busy[-3:-5:-1], *others[4:]}
    assert all(len(websites) == 2 for websites in rounds[2:])


def test_500_websites_cost_few_statements(database: Database, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    app.rows.execute(
        """
        INSERT INTO "Website" ("id", "domain", "magentoApiUrl", "magentoAutoUploadEnabled", "updatedAt")
        SELECT n, n || '.example', 'https://' || n || '.example', true, now() FROM generate_series(1, 500) AS n
        """
    )
    statements: list[str] = []

    def counted(query: LiteralString, schema: str | None) -> bytes:
        if query not in BEGIN:
            statements.append(query)
        return composed(query, schema)

    monkeypatch.setattr("magento_sync.db.connection.transaction.composed", counted)

    assert _dispatch(database, Lambda(), settings=replace(SETTINGS, max_running=0)) == DispatchReport(started=500)

    assert len(statements) < 500 * 0.05


def test_several_syncs_are_started_at_once(database: Database, app: App) -> None:
    _websites(app, dispatching.INVOCATIONS_AT_ONCE)
    together = threading.Barrier(dispatching.INVOCATIONS_AT_ONCE)
    start = Lambda(takes_time=lambda: together.wait(DEADLINE_SECONDS))

    assert _dispatch(database, start) == DispatchReport(started=dispatching.INVOCATIONS_AT_ONCE)


def test_the_fan_out_does_not_wait_for_a_locked_website(database: Database, app: App, database_url: str) -> None:
    """The app hangs in a transaction, and the website's shop has one place."""
    websites = [app.add_website(f"{n}.example", magentoApiUrl="https://shop.example") for n in range(2)]
    start, clock = Lambda(), Clock()
    with psycopg.connect(database_url) as hanging:
        hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [min(websites)])

        report = _dispatch(database, start, clock, replace(SETTINGS, syncs_per_shop=1))

    assert report == DispatchReport(started=1)
    assert start.websites == [max(websites)]
    assert clock.left == Clock().left


def test_websites_that_cannot_be_counted_are_started_all_the_same(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(_: Transaction) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr("magento_sync.db.health.websites", too_slow)
    website = app.add_website()
    started = Lambda()

    dispatch(database, SETTINGS, started, Deadline.after(100.0))

    assert started.websites == [website]


def test_the_fan_out_stops_before_its_deadline(database: Database, app: App) -> None:
    _websites(app, 5)
    start, clock = Lambda(), Clock(left=21)

    report = _dispatch(database, start, clock, replace(SETTINGS, max_running=2))

    assert report == DispatchReport(started=2, waiting=3)
    assert 10 <= clock.left < 12


@pytest.mark.parametrize("refused", [False, True])
def test_claims_that_cannot_be_started_in_time_are_given_back(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch, *, refused: bool
) -> None:
    monkeypatch.setattr(dispatching, "INVOCATIONS_AT_ONCE", 1)
    websites = _websites(app, 25)
    before = {website: app.website(website) | {"updatedAt": None} for website in websites}
    clock = Clock(left=25)
    start = Lambda(set(websites) if refused else set(), takes_time=lambda: clock.pass_by(7))

    report = fan_out(database, SETTINGS, start, clock.deadline, clock.pause)

    assert report == DispatchReport(started=0 if refused else 3, refused=3 if refused else 0, waiting=22)
    assert clock.left == 25 - 3 * 7
    started = set(start.websites)
    after = {website: app.website(website) | {"updatedAt": None} for website in websites if website not in started}
    assert after == {website: row for website, row in before.items() if website not in started}
    assert [run["websiteId"] for website in websites for run in app.runs(website)] == [
        website for website in websites if website in started
    ]


def test_unadopted_runs_that_cannot_be_sent_in_time_are_counted_as_waiting(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "INVOCATIONS_AT_ONCE", 1)
    runs = [database.run(claims.claim_website, website, trigger="manual").run_id for website in _websites(app, 4)]
    for run in runs:
        app.age(run, 3)
    clock = Clock(left=20)
    start = Lambda(takes_time=lambda: clock.pass_by(9))

    assert fan_out(database, SETTINGS, start, clock.deadline, clock.pause) == DispatchReport(sent_again=2, waiting=2)
    assert [app.run(run)["status"] for run in runs] == ["QUEUED"] * 4


def test_an_unadopted_run_is_sent_again_with_its_id(database: Database, app: App) -> None:
    website = app.add_website()
    run = database.run(claims.claim_website, website, trigger="manual").run_id
    start = Lambda()

    assert _dispatch(database, start) == DispatchReport()
    app.age(run, 3)
    assert _dispatch(database, start) == DispatchReport(sent_again=1)
    assert _dispatch(database, start) == DispatchReport(), "its timer restarts"
    app.age(run, 3)
    assert _dispatch(database, start) == DispatchReport(sent_again=1)

    assert [event[:2] for event in start.events] == [(website, run)] * 2


def test_a_handed_over_run_that_no_process_acquires_is_sent_again(database: Database, app: App) -> None:
    lease = hold(database, app.add_website())
    app.age(lease.run.id, 20)
    database.run(leases.hand_over, lease)
    start = Lambda()

    assert _dispatch(database, start) == DispatchReport()
    app.age(lease.run.id, 3)
    assert _dispatch(database, start) == DispatchReport(sent_again=1)


def test_an_unadopted_run_of_a_website_that_is_off_is_sent_again(database: Database, app: App) -> None:
    website = app.add_website()
    app.age(database.run(claims.claim_website, website, trigger="manual").run_id, 3)
    app.change_website(website, magentoAutoUploadEnabled=False)

    assert _dispatch(database, Lambda()) == DispatchReport(sent_again=1)


def test_an_unadopted_run_that_aws_refuses_stays_queued(database: Database, app: App) -> None:
    website, other = _websites(app, 2)
    run = database.run(claims.claim_website, website, trigger="manual").run_id
    app.age(run, 3)
    start = Lambda(refuses={website})

    with pytest.raises(InvocationRefused):
        _dispatch(database, start)

    assert start.websites == [other]
    assert app.run(run)["status"] == "QUEUED"


def test_a_stalled_run_is_closed_and_its_website_is_due_at_once(database: Database, app: App) -> None:
    website = app.add_website()
    dead = hold(database, website)
    app.age(dead.run.id, 31)
    start = Lambda()

    assert _dispatch(database, start) == DispatchReport(started=1)

    row = app.run(dead.run.id)
    assert (row["status"], row["errorCode"], row["token"]) == ("ABANDONED", "ABANDONED", None)
    assert row["errorMessage"]
    assert row["finishedAt"] is not None
    with pytest.raises(FenceLost):
        store_page(database, dead, order(1))
    with pytest.raises(Refusal, match="RUN_OVER"):
        database.run(acquire, website, dead.run.id, SETTINGS)
    assert app.customers(website) == []
    assert app.website(website)["magentoSyncRunId"] == start.events[0][1] != dead.run.id


@pytest.mark.parametrize("moved", ["a page", "the hand-over", "the end"])
def test_a_run_that_gets_a_heartbeat_at_the_last_moment_is_not_closed(database: Database, app: App, moved: str) -> None:
    """After the query for stalled runs, before they are closed."""
    lease = hold(database, app.add_website())
    app.age(lease.run.id, 31)
    assert [run.id for run in database.run(stale_runs.stalled)] == [lease.run.id]
    if moved == "a page":
        store_page(database, lease, order(1))
    elif moved == "the hand-over":
        database.run(leases.hand_over, lease)
        app.age(lease.run.id, 31)
    else:
        database.run(leases.finish, lease, "COMPLETED", 300)
        app.age(lease.run.id, 31)
    before = app.run(lease.run.id)

    assert database.run(stale_runs.abandon, lease.run.id, "too late") is None

    assert app.run(lease.run.id) == before


def test_an_abandoned_website_that_is_off_shows_an_error_and_is_not_started(database: Database, app: App) -> None:
    website = app.add_website()
    app.age(hold(database, website).run.id, 31)
    app.change_website(website, magentoAutoUploadEnabled=False)

    assert _dispatch(database, Lambda()) == DispatchReport()

    row = app.website(website)
    assert (row["magentoAutoUploadStatus"], row["magentoSyncStatus"]) == ("ERROR", "failed: ABANDONED")
    assert row["magentoSyncRunId"] is None


def test_a_long_run_with_heartbeats_is_never_closed(database: Database, app: App) -> None:
    lease = hold(database, app.add_website())
    for number in range(1, 4):
        app.age(lease.run.id, 29)
        assert _dispatch(database, Lambda()) == DispatchReport()
        store_page(database, lease, order(number))

    assert app.run(lease.run.id)["status"] == "RUNNING"


def test_a_website_running_without_a_run_of_ours_is_freed_after_30_minutes(
    database: Database, app: App, rows: Connection[dict[str, Any]]
) -> None:
    fresh = app.add_website("fresh.example", magentoAutoUploadStatus="RUNNING")
    left = app.add_website("left.example", magentoAutoUploadStatus="RUNNING", magentoAutoUploadLastRun=minutes_ago(60))
    lost = app.add_website("lost.example", magentoAutoUploadStatus="RUNNING", magentoSyncRunId="a deleted run")
    for website in (left, lost):
        rows.execute(
            """UPDATE "Website" SET "updatedAt" = "updatedAt" - interval '31 minutes' WHERE "id" = %s""", [website]
        )
    start = Lambda()

    assert _dispatch(database, start) == DispatchReport(started=2)

    assert set(start.websites) == {left, lost}
    assert app.website(fresh)["magentoAutoUploadStatus"] == "RUNNING"
    assert [run["status"] for run in app.runs(left)] == ["ABANDONED", "QUEUED"]


@pytest.mark.parametrize("state", ["queued", "running", "handed over"])
@pytest.mark.parametrize("by_hand", ["freed", "freed and claimed anew", "marked as stopped and claimed anew"])
def test_a_superseded_run_is_closed(database: Database, app: App, state: str, by_hand: str) -> None:
    """The website's columns were reset by hand. No process can acquire the run, so it must not count as running."""
    website = app.add_website(magentoApiUrl="https://shop.example")
    run = database.run(claims.claim_website, website, trigger="manual").run_id
    if state != "queued":
        lease = database.run(acquire, website, run, SETTINGS)
    if state == "handed over":
        database.run(leases.hand_over, lease)
    columns = {"magentoAutoUploadStatus": "STOPPED"} | ({"magentoSyncRunId": None} if "freed" in by_hand else {})
    app.change_website(website, **columns)
    newer = database.run(claims.claim_website, website, trigger="manual").run_id if "anew" in by_hand else None
    before = app.website(website)

    assert _dispatch(database, Lambda()) == DispatchReport()

    row = app.run(run)
    assert (row["status"], row["errorCode"], row["token"], row["retryAt"]) == ("ABANDONED", "RUN_OVER", None, None)
    assert row["errorMessage"]
    assert row["finishedAt"] is not None
    assert app.website(website) == before
    if newer:
        database.run(acquire, website, newer, SETTINGS)


def test_closing_a_stalled_run_leaves_its_successor_running(database: Database, app: App) -> None:
    """The website was freed by hand, and has a new run."""
    website = app.add_website()
    dead = hold(database, website)
    app.change_website(website, magentoAutoUploadStatus="STOPPED")
    alive = hold(database, website)
    app.age(dead.run.id, 31)

    assert _dispatch(database, Lambda()) == DispatchReport()

    assert app.run(dead.run.id)["status"] == "ABANDONED"
    row = app.website(website)
    assert (row["magentoAutoUploadStatus"], row["magentoSyncRunId"]) == ("RUNNING", alive.run.id)
    store_page(database, alive, order(1))
    assert app.ledger(website) == {1: "imported"}


def test_a_stalled_run_of_a_locked_website_is_left_for_the_next_fan_out(
    database: Database, app: App, database_url: str
) -> None:
    """The app hangs in a transaction. The other websites do not wait for it."""
    website, other = _websites(app, 2)
    dead = hold(database, website)
    app.age(dead.run.id, 31)
    start = Lambda()
    with psycopg.connect(database_url) as hanging:
        hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [website])

        assert _dispatch(database, start) == DispatchReport(started=1)

    assert start.websites == [other]
    assert _dispatch(database, start) == DispatchReport(started=1)
    assert app.run(dead.run.id)["status"] == "ABANDONED"


def test_a_claim_on_a_locked_website_is_left_for_a_later_fan_out(
    database: Database, app: App, database_url: str
) -> None:
    websites = _websites(app, 3)
    run = None
    with psycopg.connect(database_url) as hanging:

        def start(*, website_id: str, run_id: str, trigger: str) -> None:  # noqa: ARG001 - as Lambda is asked
            nonlocal run
            if website_id == websites[1]:
                run = run_id
                hanging.execute('SELECT FROM "Website" WHERE "id" = %s FOR UPDATE', [website_id])
                raise InvocationRefused("Lambda refused")

        report = fan_out(database, SETTINGS, start, Deadline.after(100.0))

    assert report == DispatchReport(started=2, refused=1)
    assert run is not None
    assert app.run(run)["status"] == "QUEUED"
    app.age(run, 3)
    assert _dispatch(database, Lambda()) == DispatchReport(sent_again=1)


def test_a_claim_that_cannot_be_given_back_delays_no_other(
    database: Database, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    websites = _websites(app, 3)
    give_back = claims.give_back

    def fails(transaction: Transaction, claim: Claim, *, wait: bool) -> bool:
        if claim.website_id == websites[0]:
            raise DatabaseUnavailable("The database failed (SQLSTATE 58030).")
        return give_back(transaction, claim, wait=wait)

    monkeypatch.setattr(claims, "give_back", fails)
    start = Lambda(refuses={websites[0], websites[1]})

    with pytest.raises(InvocationRefused, match="refused to start 2 syncs; 1 were"):
        _dispatch(database, start)

    assert start.websites == [websites[2]]
    assert [run["status"] for run in app.runs(websites[0])] == ["QUEUED"]
    assert app.runs(websites[1]) == []


@pytest.mark.parametrize("table", ["Website", "MagentoSyncRun"])
def test_locked_rows_are_recovered_by_the_next_fan_out(
    database: Database, app: App, database_url: str, table: str
) -> None:
    """A website without an active run, and a superseded run."""
    orphan = app.add_website(magentoAutoUploadStatus="RUNNING")
    freed = app.add_website("freed.example")
    run = database.run(claims.claim_website, freed, trigger="manual").run_id
    app.change_website(freed, magentoAutoUploadStatus="STOPPED", magentoSyncRunId=None, magentoAutoUploadEnabled=False)
    app.change_website(orphan, updatedAt=minutes_ago(31), magentoAutoUploadEnabled=False)
    database.deadline = Deadline.after(6.0)  # leaves a second: whoever waits fails
    locked = orphan if table == "Website" else run
    with psycopg.connect(database_url) as hanging:
        hanging.execute(f'SELECT FROM "{table}" WHERE "id" = %s FOR UPDATE'.encode(), [locked])

        assert _dispatch(database, Lambda()) == DispatchReport()

        cleared = app.website(orphan)["magentoAutoUploadStatus"], app.run(run)["status"]
        assert cleared == (("RUNNING", "ABANDONED") if table == "Website" else ("ERROR", "QUEUED"))
    assert _dispatch(database, Lambda()) == DispatchReport()
    assert app.website(orphan)["magentoAutoUploadStatus"] == "ERROR"
    assert app.run(run)["status"] == "ABANDONED"


def test_a_website_with_a_queued_run_is_not_freed(database: Database, app: App, rows: Any) -> None:  # noqa: ANN401
    website = app.add_website()
    run = database.run(claims.claim_website, website, trigger="manual").run_id
    rows.execute("""UPDATE "Website" SET "updatedAt" = "updatedAt" - interval '31 minutes'""")

    assert _dispatch(database, Lambda()) == DispatchReport()
    assert app.website(website)["magentoSyncRunId"] == run
