"""Transient failures of the database: which are retried, for how long, and that nothing is done twice."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from itertools import cycle
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from local.network import free_port
from local.postgres.server import PostgresServer
from magento_sync.aws import bootstrap
from magento_sync.db import websites
from magento_sync.db.connection.database import Database
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.cuid import new_cuid
from magento_sync.deadline import Deadline
from magento_sync.errors import DatabaseUnavailable
from magento_sync.runs import claims
from tests.support.claims import claim_due
from tests.support.cutting_proxy import COMMIT, CuttingProxy
from tests.support.functions import Context, call
from tests.support.leases import acquire, order, store_page
from tests.support.refusing_pooler import RefusingPooler
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.app import App
    from tests.support.cutting_proxy import Moment
    from tests.support.functions import LambdaClient
    from tests.support.system import System

    Rows = psycopg.Connection[dict[str, Any]]

P = ParamSpec("P")
Result = TypeVar("Result")

TRANSIENT = ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300", "08006"]
LASTING = ["23505", "57014", "22003", "XX000"]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.db.connection.retries.FIRST_DELAY_SECONDS", 0.0001)


@pytest.fixture
def patient(database: Database) -> Database:
    """A database whose deadline is far away."""
    database.deadline = Deadline.after(900.0)
    return database


@pytest.fixture
def proxy(database_url: str) -> Iterator[CuttingProxy]:
    with CuttingProxy(database_url).serving() as proxy:
        yield proxy


@pytest.fixture
def cut_off(proxy: CuttingProxy) -> Iterator[Database]:
    """A database whose connections break at COMMITs, by the proxy's plan."""
    with opened(proxy.url) as database:
        yield database


@contextmanager
def opened(url: str) -> Iterator[Database]:
    def source(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
        return url

    database = Database(source)
    database.deadline = Deadline.after(900.0)
    try:
        yield database
    finally:
        database.close()


class Step:
    """A step that fails the first times, and counts its calls."""

    def __init__(self, fail: Callable[[Transaction], object], times: int = 1) -> None:
        self.fail = fail
        self.times = times
        self.tried = 0

    def __call__(self, transaction: Transaction) -> int:
        self.tried += 1
        transaction.execute("UPDATE {website} SET {last_entity_id} = COALESCE({last_entity_id}, 0) + 1")
        if self.tried <= self.times:
            self.fail(transaction)
        return self.tried


def raising(state: str) -> Callable[[Transaction], object]:
    def fail(transaction: Transaction) -> None:
        transaction.execute("SELECT set_config('test.state', %s, true)", [state])
        transaction.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = current_setting('test.state'); END $$")

    return fail


@pytest.mark.parametrize("state", TRANSIENT)
def test_a_transient_failure_is_retried(patient: Database, app: App, state: str) -> None:
    website = app.add_website()
    step = Step(raising(state), times=3)

    assert patient.run(step) == 4
    assert app.website(website)["magentoLastEntityId"] == 1


@pytest.mark.parametrize("state", LASTING)
def test_a_lasting_failure_is_not_retried(patient: Database, app: App, state: str) -> None:
    website = app.add_website()
    step = Step(raising(state))

    with pytest.raises(DatabaseUnavailable, match=state):
        patient.run(step)
    assert step.tried == 1
    assert app.website(website)["magentoLastEntityId"] is None


def test_a_step_is_tried_at_most_six_times(patient: Database) -> None:
    step = Step(raising("40001"), times=100)

    with pytest.raises(DatabaseUnavailable, match="40001"):
        patient.run(step)
    assert step.tried == 6


@pytest.mark.parametrize(("seconds", "tried"), [(0.0, 1), (4.9, 1), (5.1, 6)])
def test_a_step_is_not_retried_without_time_left(database: Database, seconds: float, tried: int) -> None:
    database.deadline = Deadline(seconds, clock=lambda: 0.0)
    step = Step(raising("40001"), times=100)

    with pytest.raises(DatabaseUnavailable):
        database.run(step)
    assert step.tried == tried


def test_a_lock_time_out_is_retried(patient: Database, rows: Rows, app: App) -> None:
    website = app.add_website()
    rows.execute("BEGIN")
    rows.execute('UPDATE "Website" SET "url" = \'\'')
    tried = []

    def step(transaction: Transaction) -> None:
        tried.append(1)
        if len(tried) > 1:
            rows.execute("COMMIT")
        transaction.execute("SELECT set_config('lock_timeout', '50ms', true)")
        websites.advance(transaction, website, watermark=7)

    patient.run(step)

    assert len(tried) == 2
    assert app.website(website)["magentoLastEntityId"] == 7


def test_a_connection_lost_in_a_transaction_is_replaced_and_the_step_retried(
    patient: Database, rows: Rows, app: App
) -> None:
    website = app.add_website()

    def die(transaction: Transaction) -> None:
        row = transaction.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        rows.execute("SELECT pg_terminate_backend(%s, 5000)", [row["pid"]])
        transaction.execute("SELECT 1")

    assert patient.run(Step(die, times=2)) == 3
    assert app.website(website)["magentoLastEntityId"] == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_page_whose_commit_was_not_answered_counts_once(
    cut_off: Database, proxy: CuttingProxy, app: App, moment: Moment
) -> None:
    """A blind repetition would count the page, and the attempt at the damaged order, twice."""
    website = app.add_website()
    claim = cut_off.run(claims.claim_website, website, trigger="manual")
    lease = cut_off.run(acquire, website, claim.run_id, SETTINGS)

    proxy.plan = iter([moment])
    store_page(cut_off, lease, order(1), order(2), order(3, email=""), faults={4: "ORDER_DAMAGED"})

    assert proxy.cuts == 1
    run = app.run(claim.run_id)
    assert [run[name] for name in ("ordersFetched", "importedCustomers", "withoutEmail", "failedOrders")] == [
        4,
        2,
        1,
        1,
    ]
    assert app.ledger(website) == {1: "imported", 2: "imported", 3: "no_email", 4: "failed"}
    assert app.rows.execute('SELECT "attempts" FROM "MagentoSyncOrder" WHERE "orderId" = 4').fetchone() == {
        "attempts": 1
    }
    assert len(app.customers(website)) == 2


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_claim_whose_commit_was_not_answered_is_made_once(
    cut_off: Database, proxy: CuttingProxy, app: App, moment: Moment
) -> None:
    website = app.add_website()

    proxy.plan = iter([moment])
    claim = cut_off.run(claims.claim_website, website, trigger="manual", run_id="ours")

    assert claim.before.status == "STOPPED"
    assert (proxy.cuts, app.website(website)["magentoSyncRunId"], app.run("ours")["status"]) == (1, "ours", "QUEUED")


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_acquired_run_whose_commit_was_not_answered_has_the_returned_token(
    cut_off: Database, proxy: CuttingProxy, app: App, moment: Moment
) -> None:
    website = app.add_website()
    claim = cut_off.run(claims.claim_website, website, trigger="manual")

    proxy.plan = iter([moment])
    lease = cut_off.run(acquire, website, claim.run_id, SETTINGS)
    store_page(cut_off, lease, order(1))

    assert proxy.cuts == 1
    assert app.run(claim.run_id)["invocations"] == 1


def test_a_step_is_not_repeated_while_the_outcome_of_its_commit_is_unknown(
    cut_off: Database, proxy: CuttingProxy, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    website = app.add_website()
    claim = cut_off.run(claims.claim_website, website, trigger="manual")
    lease = cut_off.run(acquire, website, claim.run_id, SETTINGS)
    monkeypatch.setattr(
        "magento_sync.db.connection.database.OUTCOME", "SELECT left('in progress', length(%s) + 11) AS outcome"
    )

    proxy.plan = iter(["after"])
    with pytest.raises(DatabaseUnavailable, match="may have taken effect"):
        store_page(cut_off, lease, order(1))

    assert app.run(claim.run_id)["ordersFetched"] == 1


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_outcome_of_a_commit_is_asked_again_over_a_new_connection(
    cut_off: Database, proxy: CuttingProxy, app: App, moment: Moment
) -> None:
    website = app.add_website()

    proxy.marks = [COMMIT, b"pg_xact_status"]
    proxy.plan = iter([moment, "before", "after"])

    assert cut_off.run(Step(lambda _: None, times=0)) == (2 if moment == "before" else 1)
    assert app.website(website)["magentoLastEntityId"] == 1
    assert proxy.cuts == 3


def test_a_connection_that_is_lost_as_soon_as_it_is_used_is_replaced_once(
    cut_off: Database, proxy: CuttingProxy
) -> None:
    cut_off.deadline = None
    cut_off.run(Transaction.execute, "SELECT 1")
    proxy.marks = [b"BEGIN"]
    proxy.plan = cycle(["before"])

    with pytest.raises(DatabaseUnavailable):
        cut_off.run(Transaction.execute, "SELECT 1")

    assert proxy.cuts == 2


@pytest.mark.parametrize("plan", [["after"], ["before", None], ["before", "after"], ["after", None, "before"]])
def test_a_sync_whose_connection_breaks_at_commits_stores_the_same_as_an_undisturbed_one(
    system: System, cut_off: Database, proxy: CuttingProxy, plan: list[Moment | None]
) -> None:
    clean, cut = system.add_website(), system.add_website()
    system.set(syncs_per_shop=0)
    expected = system.sync(clean)

    proxy.plan = cycle(plan)
    summary = system.beside(cut_off).sync(cut)

    assert proxy.cuts > 3
    assert summary["importedCustomers"] > 0
    for each in (expected, summary):
        del each["websiteId"], each["runId"]
    assert summary == expected
    assert system.app.ledger(cut) == system.app.ledger(clean)
    assert system.app.emails(cut) == system.app.emails(clean)


class Pooled(Database):
    """Opens a new session for each step, as a pooler can."""

    def run(self, step: Callable[Concatenate[Transaction, P], Result], /, *args: P.args, **kwargs: P.kwargs) -> Result:
        self.close()
        return super().run(step, *args, **kwargs)


def test_a_sync_works_with_a_new_session_for_every_transaction(system: System, database_url: str) -> None:
    clean, pooled = system.add_website(), system.add_website()
    system.set(syncs_per_shop=0)
    expected = system.sync(clean)
    database = Pooled(lambda *, fresh=False: database_url)  # noqa: ARG005 - the form that Database asks for

    summary = system.beside(database).sync(pooled)
    database.close()

    assert summary["importedCustomers"] == expected["importedCustomers"] > 0
    assert system.app.ledger(pooled) == system.app.ledger(clean)


def test_a_sync_leaves_nothing_behind_in_its_session(system: System, database: Database) -> None:
    system.sync(system.add_website())
    database.run(claim_due, system.settings)

    session = database._connection  # noqa: SLF001 - what a pooler would hand on
    assert session is not None
    left = session.execute(
        """
        SELECT (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
            (SELECT count(*) FROM pg_prepared_statements) AS statements,
            (SELECT count(*) FROM pg_settings WHERE source = 'session') AS settings,
            (SELECT count(*) FROM pg_class WHERE relpersistence = 't') AS tables
        """
    ).fetchone()
    assert left == {"locks": 0, "statements": 0, "settings": 0, "tables": 0}


def _set_read_only(rows: Rows, url: str, value: str) -> None:
    """Changes what new sessions may do, as after a failover to a replica or back."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    rows.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only TO {}").format(name, sql.SQL(value)))


@pytest.fixture
def failing_over(rows: Rows, database_url: str) -> Iterator[Callable[[str], None]]:
    def set_read_only(value: str) -> None:
        _set_read_only(rows, database_url, value)

    set_read_only("on")
    yield set_read_only
    set_read_only("DEFAULT")


def test_a_session_that_was_read_only_is_replaced_once_the_server_is_writable(
    database: Database, app: App, failing_over: Callable[[str], None]
) -> None:
    website = app.add_website()
    with pytest.raises(DatabaseUnavailable, match="25006"):
        database.run(websites.advance, website, watermark=7)
    failing_over("off")

    database.run(websites.advance, website, watermark=7)

    assert app.website(website)["magentoLastEntityId"] == 7


def test_a_step_on_a_read_only_server_is_retried_over_a_new_connection(
    patient: Database, app: App, failing_over: Callable[[str], None]
) -> None:
    website = app.add_website()
    backends = []

    def step(transaction: Transaction) -> None:
        row = transaction.one("SELECT pg_backend_pid() AS pid")
        backends.append(row and row["pid"])
        if len(backends) == 3:
            failing_over("off")
        websites.advance(transaction, website, watermark=7)

    patient.run(step)

    assert app.website(website)["magentoLastEntityId"] == 7
    assert len(set(backends)) == len(backends) == 4


@pytest.fixture
def limited_role(postgres: PostgresServer, rows: Rows) -> Iterator[str]:
    """A role with a password, and at most one connection."""
    role = f"role_{new_cuid()}"
    hba = postgres.data_directory / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"host all {role} all scram-sha-256\n{before}")
    name = sql.Identifier(role)
    rows.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'right' CONNECTION LIMIT 1").format(name))
    rows.execute("SELECT pg_reload_conf()")
    yield role
    hba.write_text(before)
    rows.execute("SELECT pg_reload_conf()")
    rows.execute(sql.SQL("DROP ROLE {}").format(name))


def test_a_role_at_its_connection_limit_is_retried(database_url: str, limited_role: str) -> None:
    url = database_url.replace("postgres@", f"{limited_role}:right@")
    blocking = psycopg.connect(url)
    calls = itertools.count(1)

    def clock() -> float:
        if next(calls) == 5:
            blocking.close()
        return 0.0

    with opened(url) as database:
        database.deadline = Deadline(900.0, clock)
        assert database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}
    assert next(calls) > 5


@pytest.mark.parametrize("wrong", ["password", "role"])
def test_refused_credentials_are_not_retried(
    database_url: str, limited_role: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _count_connections(monkeypatch)
    user = f"{limited_role}:wrong" if wrong == "password" else "nobody-of-this-name"

    url = database_url.replace("postgres@", f"{user}@")
    with opened(url) as database, pytest.raises(DatabaseUnavailable, match="user and password"):
        database.run(Transaction.one, "SELECT 1")

    assert len(attempts) == 2  # with the cached URL, and with a fresh one


@pytest.mark.parametrize("words", ["no more connections allowed (max_client_conn)", "too many clients", "Zu viele"])
def test_a_poolers_refusal_after_the_password_is_retried(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = _count_connections(monkeypatch)
    with RefusingPooler(words).serving() as pooler:
        with opened(pooler.url) as database, pytest.raises(DatabaseUnavailable, match="cannot be reached"):
            database.run(Transaction.one, "SELECT 1")

        assert pooler.passwords == ["s3cret"] * len(attempts)
    assert len(attempts) == 7


@pytest.fixture
def restartable(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(tmp_path / "data", free_port(), durable=False) as server:
        yield server


def test_a_server_restart_in_a_transaction_is_retried(restartable: PostgresServer) -> None:
    tried = []

    def step(transaction: Transaction) -> int:
        tried.append(1)
        if len(tried) == 1:
            restartable.stop()
            restartable.start()
        row = transaction.one("SELECT 7 AS answer")
        return row["answer"] if row else 0

    with opened(restartable.url()) as database:
        assert database.run(step) == 7
    assert len(tried) == 2


def test_connecting_is_retried_while_the_server_starts(restartable: PostgresServer) -> None:
    """Nothing was sent yet, so a retry is always safe."""
    url = restartable.url()
    restartable.stop()

    def it_comes_up() -> float:
        restartable.start()
        return 0.0

    with opened(url) as database:
        database.deadline = Deadline(900.0, clock=it_comes_up)
        assert database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}


def test_a_standby_server_can_be_read_and_refuses_writes_clearly(restartable: PostgresServer) -> None:
    restartable.stop()
    (restartable.data_directory / "standby.signal").touch()
    restartable.start()

    with opened(restartable.url()) as database:
        database.deadline = None
        assert database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}
        with pytest.raises(DatabaseUnavailable, match="25006"):
            database.run(Transaction.execute, "CREATE TABLE new ()")

    with CuttingProxy(restartable.url()).serving() as proxy, opened(proxy.url) as database:
        database.deadline = None
        proxy.plan = iter(["before"])
        assert database.run(Transaction.one, "SELECT 7 AS answer") == {"answer": 7}
        assert proxy.cuts == 1


def _count_connections(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    attempts = []
    connect = psycopg.connect

    def counted(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - psycopg's own
        attempts.append(1)
        return connect(*arguments, **options)

    monkeypatch.setattr(psycopg, "connect", counted)
    return attempts


def test_an_unreachable_server_is_tried_seven_times(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = _count_connections(monkeypatch)
    with opened(f"postgresql://app@127.0.0.1:{free_port()}/shop") as database:
        database.deadline = Deadline.after(900.0)
        with pytest.raises(DatabaseUnavailable, match="/shop"):
            database.run(Transaction.one, "SELECT 1")
    assert len(attempts) == 7  # six times, and once with the URL read afresh


def test_a_handler_gives_the_database_the_invocations_deadline(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    for name, milliseconds in (("cron_fanout", 800_000), ("site_sync", 700_000)):
        call(name, {"websiteId": system.add_website()}, Context(milliseconds=milliseconds))
        deadline = bootstrap.shared_database().deadline
        assert deadline is not None
        assert milliseconds / 1000 - 60 < deadline.seconds_left() <= milliseconds / 1000


@pytest.mark.parametrize(
    ("seconds", "statement", "lock"),
    [(None, "1min", "30s"), (900.0, "1min", "30s"), (29.0, "24s", "24s"), (2.0, "1s", "1s"), (-3.0, "1s", "1s")],
)
def test_time_outs_fit_into_the_time_left(database: Database, seconds: float | None, statement: str, lock: str) -> None:
    database.deadline = None if seconds is None else Deadline(seconds, clock=lambda: 0.0)

    row = database.run(
        Transaction.one,
        "SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock",
    )

    assert row == {"statement": statement, "lock": lock}
