"""The connection to the app's database: what it survives, which errors it raises, and what it never shows."""

from __future__ import annotations

import socket
import threading
import traceback
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from magento_sync.db import runs, schedule, websites
from magento_sync.db.connection.database import Database
from magento_sync.db.connection.transaction import Transaction
from magento_sync.db.cuid import new_cuid
from magento_sync.db.customer_rows import has_unique_email_index
from magento_sync.db.customers import store
from magento_sync.db.outcomes import Outcome
from magento_sync.deadline import Deadline
from magento_sync.errors import DatabaseUnavailable, MigrationMissing, OperatorError, RowRefused, TransactionUndone
from magento_sync.runs.claims import claim_website
from ops.migrate import migrate
from tests.support.app import APP_TABLES, App
from tests.support.candidates import candidate_of
from tests.support.leases import acquire
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from local.postgres.server import PostgresServer

    Rows = psycopg.Connection[dict[str, Any]]

SECRET = "s3cret-word"


class Urls:
    """Returns the cached or the fresh URL, and records which was requested."""

    def __init__(self, cached: str, fresh: str | None = None) -> None:
        self.cached = cached
        self.renewed = fresh or cached
        self.asked: list[bool] = []

    def __call__(self, *, fresh: bool = False) -> str:
        self.asked.append(fresh)
        if fresh:
            self.cached = self.renewed
        return self.cached


@contextmanager
def opened(urls: Urls) -> Iterator[Database]:
    database = Database(urls)
    try:
        yield database
    finally:
        database.close()


def backend(database: Database) -> int:
    row = database.run(Transaction.one, "SELECT pg_backend_pid() AS pid")
    assert row is not None
    return int(row["pid"])


def whole_text(error: BaseException) -> str:
    return f"{error!r} {''.join(traceback.format_exception(error))}"


def with_password(url: str, password: str, user: str = "app_user") -> str:
    return url.replace("postgres@", f"{user}:{password}@")


@pytest.fixture
def password_role(postgres: PostgresServer, rows: Rows) -> Iterator[str]:
    """A role that needs a password; the server trusts all others."""
    role = f"role_{new_cuid()}"
    hba = postgres.data_directory / "pg_hba.conf"
    before = hba.read_text()
    hba.write_text(f"host all {role} all scram-sha-256\n{before}")
    name = sql.Identifier(role)
    rows.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(name, SECRET))
    rows.execute("SELECT pg_reload_conf()")
    yield role
    hba.write_text(before)
    rows.execute("SELECT pg_reload_conf()")
    rows.execute(sql.SQL("DROP ROLE {}").format(name))


def test_all_transactions_use_one_connection(database: Database) -> None:
    assert backend(database) == backend(database)


def test_a_connection_that_was_closed_between_transactions_is_replaced(database: Database, rows: Rows) -> None:
    first = backend(database)
    rows.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    assert backend(database) != first


def test_a_connection_lost_in_a_transaction_raises_database_unavailable_and_the_next_works(
    database: Database, rows: Rows
) -> None:
    def die(transaction: Transaction) -> None:
        row = transaction.one("SELECT pg_backend_pid() AS pid")
        assert row is not None
        rows.execute("SELECT pg_terminate_backend(%s, 5000)", [row["pid"]])
        transaction.execute("SELECT 1")

    with pytest.raises(DatabaseUnavailable):
        database.run(die)

    assert backend(database)


def test_an_exception_in_a_step_rolls_its_transaction_back(database: Database, app: App) -> None:
    website = app.add_website()

    def fail(transaction: Transaction) -> None:
        websites.advance(transaction, website, watermark=5)
        raise LookupError

    with pytest.raises(LookupError):
        database.run(fail)
    database.run(Transaction.one, "SELECT 1")  # its COMMIT keeps nothing of the failed step

    assert app.website(website)["magentoLastEntityId"] is None


def test_after_a_refused_password_the_url_is_read_afresh_once(
    database_url: str, password_role: str, postgres: PostgresServer
) -> None:
    urls = Urls(
        with_password(database_url, "old-word", password_role), with_password(database_url, SECRET, password_role)
    )
    with opened(urls) as database:
        assert backend(database)
        assert urls.asked == [False, True]
        assert backend(database)
        assert urls.asked == [False, True]
    assert "password authentication failed" in postgres.log_file.read_text()


def test_a_wrong_password_is_sent_at_most_twice_and_never_shown(database_url: str, password_role: str) -> None:
    urls = Urls(with_password(database_url, "wr0ng-word", password_role))
    with opened(urls) as database, pytest.raises(DatabaseUnavailable) as caught:
        backend(database)

    assert urls.asked == [False, True]
    text = whole_text(caught.value)
    assert "wr0ng-word" not in text
    assert password_role not in text
    assert str(conninfo_to_dict(database_url)["dbname"]) in str(caught.value)


def test_an_unreachable_database_raises_database_unavailable_without_the_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    urls = Urls(f"postgresql://app:{SECRET}@127.0.0.1:{port}/shop")

    with opened(urls) as database, pytest.raises(DatabaseUnavailable, match=f"127.0.0.1:{port}/shop") as caught:
        backend(database)

    assert SECRET not in whole_text(caught.value)
    assert isinstance(caught.value, OperatorError)


def test_a_database_that_never_answers_leaves_time_to_report_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        urls = Urls(f"postgresql://app@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=60")
        deadline = Deadline.after(10.5)
        with opened(urls) as database:
            database.deadline = deadline
            with pytest.raises(DatabaseUnavailable):
                backend(database)
            assert deadline.seconds_left() > 1


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_transactions_are_read_committed_whatever_the_databases_default(
    database_url: str, rows: Rows, level: str
) -> None:
    """A snapshot from before a lock would not show what the lock's previous holder wrote."""
    name = sql.Identifier(str(conninfo_to_dict(database_url)["dbname"]))
    rows.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_isolation TO {}").format(name, level))

    with opened(Urls(database_url)) as database:
        shown = database.run(Transaction.one, "SHOW transaction_isolation")

    assert shown == {"transaction_isolation": "read committed"}


def test_a_database_that_does_not_exist_is_named_in_the_error(postgres: PostgresServer) -> None:
    with opened(Urls(postgres.url("nowhere"))) as database, pytest.raises(DatabaseUnavailable, match="/nowhere"):
        backend(database)


@pytest.fixture
def bare_url(postgres: PostgresServer, rows: Rows) -> Iterator[str]:
    """An empty database."""
    name = f"bare_{new_cuid()}"
    postgres.create_database(name)
    yield postgres.url(name)
    rows.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _look(transaction: Transaction) -> object:
    return websites.find(transaction, "w")


def _claim(transaction: Transaction) -> object:
    return websites.claim(transaction, "w", "r", shop="", trigger="manual")


def _run(transaction: Transaction) -> object:
    return runs.find(transaction, "r")


def _due(transaction: Transaction) -> object:
    return schedule.due(transaction)


@pytest.mark.parametrize("apps_tables", [False, True])
@pytest.mark.parametrize("ask", [_look, _claim, _run, _due])
def test_missing_tables_or_columns_raise_migration_missing(bare_url: str, apps_tables: bool, ask: Any) -> None:  # noqa: FBT001, ANN401
    if apps_tables:
        with psycopg.connect(bare_url, autocommit=True) as connection:
            connection.execute(APP_TABLES.read_bytes())
            connection.execute('INSERT INTO "Website" ("id", "domain", "updatedAt") VALUES (\'w\', \'d\', now())')

    with opened(Urls(bare_url)) as database:
        with pytest.raises(MigrationMissing, match="make migrate"):
            database.run(ask)
        assert backend(database)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_stored_times_are_utc_in_every_session_time_zone(database_url: str, rows: Rows, app: App, zone: str) -> None:
    name = sql.Identifier(str(conninfo_to_dict(database_url)["dbname"]))
    rows.execute(sql.SQL("ALTER DATABASE {} SET timezone TO {}").format(name, zone))
    website = app.add_website()
    bought = "2026-11-22 14:44:27.345"
    with opened(Urls(database_url)) as database:
        run_id = database.run(claim_website, website, trigger="manual").run_id
        order = {"entity_id": 1, "customer_email": "a@b.example", "created_at": bought}
        assert database.run(store, website, [candidate_of(order)]) == {1: Outcome.IMPORTED}
        shown = database.run(Transaction.one, "SHOW TimeZone")

    assert shown == {"TimeZone": "UTC"}
    now = datetime.now(UTC).replace(tzinfo=None)
    row = app.customers(website)[0]
    assert row["purchaseDate"] == datetime.fromisoformat(bought)
    for stored in (
        row["createdAt"],
        row["updatedAt"],
        app.website(website)["magentoAutoUploadLastRun"],
        app.website(website)["updatedAt"],
        app.run(run_id)["queuedAt"],
    ):
        assert abs(stored - now) < timedelta(minutes=1)


def test_times_are_cut_to_milliseconds_not_rounded(database: Database, app: App) -> None:
    website = app.add_website()
    order = {"entity_id": 1, "customer_email": "a@b.example", "created_at": "2026-11-22 14:44:27.999999"}
    database.run(store, website, [candidate_of(order)])
    early = database.run(Transaction.one, "SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now")
    ours = database.run(Transaction.one, "SELECT {now} AS now, {now}::timestamp(3) AS stored")

    assert app.customers(website)[0]["purchaseDate"] == datetime.fromisoformat("2026-11-22 14:44:27.999")
    assert early is not None
    assert ours is not None
    assert ours["now"] >= early["now"].replace(microsecond=early["now"].microsecond // 1000 * 1000)
    assert ours["now"].microsecond % 1000 == 0
    assert ours["stored"].microsecond % 1000 == 0


def test_no_stored_time_is_ahead_of_the_clock(database: Database) -> None:
    """A rounded millisecond would be, half of the time."""
    pairs = [
        database.run(
            Transaction.one, "SELECT {now}::timestamp(3) AS ours, clock_timestamp() AT TIME ZONE 'UTC' AS clock"
        )
        for _ in range(30)
    ]

    assert all(pair is not None and pair["ours"] <= pair["clock"] for pair in pairs)


def test_the_unique_index_is_looked_up_in_the_urls_schema(database_url: str, rows: Rows) -> None:
    rows.execute("CREATE SCHEMA inner_one")
    rows.execute("SET search_path TO inner_one")
    rows.execute(APP_TABLES.read_bytes())
    rows.execute('DROP INDEX "Customer_websiteId_email_key"')
    with opened(Urls(f"{database_url}?schema=inner_one")) as database:
        assert not database.run(has_unique_email_index)
    with opened(Urls(database_url)) as database:
        assert database.run(has_unique_email_index)


def test_every_query_uses_the_urls_schema(bare_url: str) -> None:
    """All tables are in that schema and no search path is set, so a query without the schema would fail."""
    url = f"{bare_url}?schema=o%22ther"
    with ExitStack() as stack:
        inside = stack.enter_context(psycopg.connect(bare_url, autocommit=True, row_factory=psycopg.rows.dict_row))
        inside.execute('CREATE SCHEMA "o""ther"')
        inside.execute('SET search_path TO "o""ther"')
        inside.execute(APP_TABLES.read_bytes())
        migrate(url)
        app = App(inside)
        website = app.add_website()
        database = stack.enter_context(opened(Urls(url)))
        run_id = database.run(claim_website, website, trigger="manual").run_id
        orders = [
            {"entity_id": number, "customer_email": mail, "created_at": f"2026-01-0{number} 10:00:00"}
            for number, mail in enumerate(["a@b.example", "A@b.example"], start=1)
        ]
        outcomes = database.run(store, website, [candidate_of(order) for order in orders])
        database.run(acquire, website, run_id, SETTINGS)

        assert outcomes == {1: Outcome.IMPORTED, 2: Outcome.REPEAT_PURCHASE}  # the index was found there
        assert app.emails(website) == ["a@b.example"]
        assert app.run(run_id)["status"] == "RUNNING"


def test_a_failed_statement_raises_an_error_without_its_values(database: Database, app: App) -> None:
    website = app.add_website()
    app.add_customer(website, f"{SECRET}@b.example")

    with pytest.raises(DatabaseUnavailable, match=r"SQLSTATE 23505") as caught:
        database.run(_insert, website, f"{SECRET}@b.example")

    assert SECRET not in whole_text(caught.value)


@pytest.mark.parametrize("email", [f"{SECRET}@b.example", f"{SECRET}\x00", f"{SECRET}\ud800"])
def test_a_refused_row_undoes_only_its_savepoint_and_shows_no_value(database: Database, app: App, email: str) -> None:
    website = app.add_website()
    app.add_customer(website, f"{SECRET}@b.example")

    def step(transaction: Transaction) -> str:
        _insert(transaction, website, "before@b.example")
        with pytest.raises(RowRefused) as caught, transaction.savepoint():  # noqa: PT012 - the block is the savepoint
            _insert(transaction, website, "within@b.example")
            _insert(transaction, website, email)
        _insert(transaction, website, "after@b.example")
        return whole_text(caught.value)

    assert SECRET not in database.run(step)
    assert app.emails(website) == ["after@b.example", "before@b.example", f"{SECRET}@b.example"]


def _insert(transaction: Transaction, website: str, email: str) -> None:
    transaction.execute(
        "INSERT INTO {customer} ({id}, {website_id}, {name}, {email}, {updated_at}) VALUES (%s, %s, 'n', %s, {now})",
        [new_cuid(), website, email],
    )


def test_an_email_too_long_for_an_index_quarantines_only_its_order(database: Database, app: App) -> None:
    website = app.add_website()
    long = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(4000))
    mails = ["a@b.example", f"{long}@b.example", "c@b.example"]
    orders = [{"entity_id": number, "customer_email": mail} for number, mail in enumerate(mails, start=1)]

    outcomes = database.run(store, website, [candidate_of(order) for order in orders])

    assert outcomes == {1: Outcome.IMPORTED, 2: Outcome.FAILED, 3: Outcome.IMPORTED}
    assert app.emails(website) == ["a@b.example", "c@b.example"]


def test_a_deadlock_raises_transaction_undone(database: Database, rows: Rows, app: App) -> None:
    rows.execute("SET deadlock_timeout = '5s'")  # so that the server ends our transaction, not this one
    first, second = app.add_website(), app.add_website()

    def app_takes_both() -> None:
        with rows.transaction():
            rows.execute('UPDATE "Website" SET "url" = \'\' WHERE "id" = %s', [second])
            locked.set()
            rows.execute('UPDATE "Website" SET "url" = \'\' WHERE "id" = %s', [first])

    def we_take_both(transaction: Transaction) -> None:
        transaction.execute("SELECT set_config('deadlock_timeout', '50ms', true)")
        websites.lock(transaction, first)
        other.start()
        assert locked.wait(10)
        websites.lock(transaction, second)

    locked = threading.Event()
    other = threading.Thread(target=app_takes_both)
    with pytest.raises(TransactionUndone, match="40P01"):
        database.run(we_take_both)
    other.join(20)

    assert not other.is_alive()
    assert app.website(first)["url"] == ""


def test_a_serialization_failure_raises_transaction_undone(database: Database, app: App) -> None:
    website = app.add_website()

    with pytest.raises(TransactionUndone, match="40001"):
        # Raised by hand: our transactions run at READ COMMITTED.
        database.run(Transaction.execute, "DO $$ BEGIN RAISE serialization_failure; END $$")

    assert app.website(website)


def test_every_transaction_sets_its_time_outs(database: Database) -> None:
    row = database.run(
        Transaction.one,
        """SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
        current_setting('idle_in_transaction_session_timeout') AS idle""",
    )

    assert row == {"statement": "1min", "lock": "30s", "idle": "1min"}


def test_a_transactions_settings_end_with_it(database: Database) -> None:
    """A pooler can give the session to another client afterwards."""
    backend(database)
    assert database._connection is not None  # noqa: SLF001 - what a pooler would hand on
    row = database._connection.execute("SHOW statement_timeout").fetchone()  # noqa: SLF001

    assert row == {"statement_timeout": "0"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://app:s3cret@nowhere.invalid/shop", "failed to resolve host 'nowhere.invalid'"),
        ("postgresql://app:s3cret@127.0.0.1:1/shop", "Connection refused"),
        ("{server}/nowhere", 'database "nowhere" does not exist'),
    ],
)
def test_a_database_that_cannot_be_reached_is_told_with_libpq_s_reason(
    postgres: PostgresServer, url: str, reason: str
) -> None:
    server = postgres.url("").rstrip("/")
    with opened(Urls(url.format(server=server))) as database, pytest.raises(DatabaseUnavailable) as caught:
        backend(database)

    assert reason in str(caught.value)
    assert "s3cret" not in whole_text(caught.value)
