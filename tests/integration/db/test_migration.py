"""The migration: additive, repeatable and atomic, on the tests' server and on every installed version."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from local.postgres.server import PostgresServer
from magento_sync.db import ledger, schedule, stale_runs
from magento_sync.db.connection.database import Database
from magento_sync.db.cuid import new_cuid
from magento_sync.db.outcomes import Outcome
from magento_sync.runs.claims import claim_website
from magento_sync.runs.leases import finish
from magento_sync.runs.recovery import recover_stalled_runs
from magento_sync.sync.conversion import ConvertedPage
from magento_sync.sync.page_storage import store_page
from ops.migrate import MigrationFailed, migrate
from tests.support.app import App, make_app_tables
from tests.support.candidates import candidate_of
from tests.support.claims import claim_due
from tests.support.leases import acquire, progress_of
from tests.support.operator_commands import Command, Done
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
ADDED = {"magentoAutoUploadInterval", "magentoAutoUploadLastRun", "magentoSyncRunId", "magentoSyncFloor"}


@pytest.fixture(
    scope="module", params=["", *map(str, INSTALLED)], ids=lambda folder: Path(folder).parent.name or "usual"
)
def server(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresServer]:
    """The tests' own server, and one of each version installed on this machine."""
    if not request.param:
        yield postgres
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PG_BINDIR", request.param)
        with PostgresServer(tmp_path_factory.mktemp("installed") / "data", durable=False) as installed:
            yield installed


@dataclass
class Place:
    """A database with the app's tables."""

    url: str
    rows: psycopg.Connection[dict[str, Any]]

    def columns(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All columns by table and name."""
        found = self.rows.execute("SELECT * FROM information_schema.columns WHERE table_schema = 'public'").fetchall()
        return {(row["table_name"], row["column_name"]): _comparable(row) for row in found}

    def rest(self) -> list[dict[str, Any]]:
        """Indexes, constraints and types."""
        return self.rows.execute("""
            SELECT indexdef AS what FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid) FROM pg_constraint
                WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT enumtypid::regtype || enumlabel FROM pg_enum
            UNION ALL SELECT tgrelid::regclass || tgname FROM pg_trigger WHERE NOT tgisinternal
            ORDER BY 1
        """).fetchall()


OF_THIS_DATABASE = {"ordinal_position", "dtd_identifier", "table_catalog", "udt_catalog"}


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in OF_THIS_DATABASE}


@contextmanager
def made(server: PostgresServer, *, tables: bool = True) -> Iterator[Place]:
    name = f"m_{new_cuid()}"
    server.create_database(name)
    if tables:
        make_app_tables(server.url(name))
    with psycopg.connect(server.url(name), autocommit=True, row_factory=dict_row) as rows:
        yield Place(server.url(name), rows)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def place(server: PostgresServer) -> Iterator[Place]:
    with made(server) as one:
        yield one


def test_the_migration_only_adds(place: Place) -> None:
    app = App(place.rows)
    with_rows = app.add_website()
    columns, rest = place.columns(), place.rest()

    assert migrate(place.url) == ["001_magento_sync.sql", "002_shop_index.sql", "003_overview_indexes.sql"]

    after = place.columns()
    assert {key: after[key] for key in columns} == columns
    added = set(after) - set(columns)
    assert {name for table, name in added if table == "Website"} == ADDED
    assert {table for table, _ in added} == {"Website", "MagentoSyncRun", "MagentoSyncOrder"}
    assert [one for one in rest if one not in place.rest()] == []
    row = app.website(with_rows)
    assert row["magentoAutoUploadInterval"] == 360
    assert [row[name] for name in sorted(ADDED - {"magentoAutoUploadInterval"})] == [None, None, None]


def test_a_second_migration_changes_nothing(place: Place) -> None:
    migrate(place.url)
    app = App(place.rows)
    website = app.add_website(magentoAutoUploadInterval=15, magentoSyncFloor=7)
    columns, rest, row = place.columns(), place.rest(), app.website(website)

    migrate(place.url)

    assert (place.columns(), place.rest(), app.website(website)) == (columns, rest, row)


def test_the_sql_for_taking_it_down_leaves_the_app_as_it_was(place: Place) -> None:
    columns, rest = place.columns(), place.rest()
    migrate(place.url)
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8").partition("## Taking it down")[2]

    place.rows.execute(page.partition("```sql")[2].partition("```")[0].encode())

    assert (place.columns(), place.rest()) == (columns, rest)


def test_columns_that_an_earlier_version_lacks_are_added(place: Place) -> None:
    migrate(place.url)
    website = App(place.rows).add_website()
    place.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "failedSince", "recordedAt")
        VALUES (%s, 1, 'failed', now(), now())""",
        [website],
    )
    columns, rest = place.columns(), place.rest()
    later = {
        "MagentoSyncRun": [
            *("methodReason", "probedUpTo", "existsUpTo", "refusedCredentials"),
            *("newestCheckedAt", "idleInvocations", "stopRequestedAt"),
        ],
        "MagentoSyncOrder": ["failedSince"],
    }
    for table, names in later.items():
        dropped = ", ".join(f'DROP COLUMN "{name}"' for name in names)
        place.rows.execute(f'ALTER TABLE "{table}" {dropped}'.encode())

    migrate(place.url)

    assert (place.columns(), place.rest()) == (columns, rest)
    row = place.rows.execute('SELECT "failedSince" = "recordedAt" AS kept FROM "MagentoSyncOrder"').fetchone()
    assert row == {"kept": True}


def test_the_app_can_insert_without_our_columns(place: Place) -> None:
    migrate(place.url)

    place.rows.execute("""INSERT INTO "Website" ("id", "domain", "updatedAt") VALUES ('w', 'd', now())""")

    assert App(place.rows).website("w")["magentoAutoUploadInterval"] == 360


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            'ALTER TABLE "Website" ADD "magentoAutoUploadInterval" TEXT',
            '"Website"."magentoAutoUploadInterval" is text instead of integer',
        ),
        (
            'ALTER TABLE "Website" ADD "magentoSyncFloor" BIGINT',
            '"Website"."magentoSyncFloor" is bigint instead of integer',
        ),
        (
            'ALTER TABLE "Website" ADD "magentoAutoUploadLastRun" TIMESTAMPTZ',
            '"magentoAutoUploadLastRun" is timestamp with time zone instead of',
        ),
        (
            'CREATE TABLE "MagentoSyncOrder" ("websiteId" TEXT, "orderId" INTEGER)',
            '"MagentoSyncOrder"."orderId" is integer instead of bigint',
        ),
        (
            """ALTER TABLE "Customer" DROP CONSTRAINT "Customer_websiteId_fkey";
            ALTER TABLE "Website" ALTER "id" TYPE uuid USING "id"::uuid""",
            "are of incompatible types: text and uuid",
        ),
        ('ALTER TABLE "Customer" RENAME TO "Client"', '"Customer" are not in schema "public"'),
        ('DROP TABLE "EmailSendHistory", "Customer", "Website"', '"Website", "Customer" are not in schema "public"'),
    ],
)
def test_the_migration_names_an_obstacle_and_changes_nothing(place: Place, statement: str, message: str) -> None:
    place.rows.execute(statement.encode())
    columns, rest = place.columns(), place.rest()

    with pytest.raises(MigrationFailed) as caught:
        migrate(place.url)

    assert message in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert (place.columns(), place.rest()) == (columns, rest)


def test_a_migration_that_fails_halfway_changes_nothing(place: Place) -> None:
    """A table of ours without its columns makes an index fail, after the website's columns were added."""
    place.rows.execute('CREATE TABLE "MagentoSyncRun" ("id" TEXT PRIMARY KEY, "websiteId" TEXT)')
    columns, rest = place.columns(), place.rest()

    with pytest.raises(MigrationFailed):
        migrate(place.url)

    assert (place.columns(), place.rest()) == (columns, rest)


def statements(sql: str) -> list[str]:
    """Splits a script at semicolons, as Prisma's adapter does."""
    return [each for each in sql.split(";") if each.strip()]


def test_prisma_s_folder_has_the_same_migrations_in_the_same_order() -> None:
    folders = sorted((ROOT / "database" / "prisma").iterdir())
    files = sorted((ROOT / "database" / "migrations").iterdir())

    assert [(folder / "migration.sql").read_text() for folder in folders] == [file.read_text() for file in files]


def test_prisma_s_migrations_make_the_same_database_statement_by_statement_and_can_be_repeated(
    server: PostgresServer,
) -> None:
    with made(server) as by_us, made(server) as by_prisma:
        migrate(by_us.url)
        for _ in range(2):
            for folder in sorted((ROOT / "database" / "prisma").iterdir()):
                for statement in statements((folder / "migration.sql").read_text()):
                    by_prisma.rows.execute(statement.encode())

        assert by_prisma.columns() == by_us.columns()
        assert by_prisma.rest() == by_us.rest()


def test_a_missing_schema_is_named(place: Place) -> None:
    with pytest.raises(MigrationFailed, match=r"are not in schema .*\?schema="):
        migrate(f"{place.url}?schema=elsewhere")


def test_the_migration_gives_up_behind_a_long_transaction(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.migrate.LOCK_TIMEOUT", "SET LOCAL lock_timeout = '50ms'")

    with place.rows.transaction():
        place.rows.execute('SELECT FROM "Website"')
        with pytest.raises(MigrationFailed, match="lock timeout"):
            migrate(
                f"{place.url}?options=-c%20statement_timeout%3D5000"
            )  # a test that fails must not wait for ever either

    assert migrate(place.url)


def test_deleting_a_website_deletes_its_runs_and_ledger(place: Place) -> None:
    migrate(place.url)
    app = App(place.rows)
    gone, kept = app.add_website(), app.add_website()
    with opened(place) as database:
        for website in (gone, kept):
            run_id = database.run(claim_website, website, trigger="manual").run_id
            database.run(ledger.record, website, run_id, {1: Outcome.NO_EMAIL}, {})

    place.rows.execute('DELETE FROM "Website" WHERE "id" = %s', [gone])

    assert (app.runs(gone), app.ledger(gone)) == ([], {})
    assert (len(app.runs(kept)), app.ledger(kept)) == (1, {1: "no_email"})


@contextmanager
def opened(place: Place) -> Iterator[Database]:
    def url(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
        return place.url

    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def test_the_main_queries_work_on_every_version(place: Place) -> None:
    migrate(place.url)
    app = App(place.rows)
    website = app.add_website()
    orders: list[dict[str, Any]] = [
        {"entity_id": 1, "customer_email": "a@b.example", "created_at": "2026-01-01 10:00:00"},
        {"entity_id": 2, "customer_email": "A@b.example", "created_at": "2026-01-02 10:00:00"},
        {"entity_id": 3, "customer_email": "A@b.example", "created_at": "2026-01-01 10:00:00"},
        {"entity_id": 4},
    ]
    page = ConvertedPage([candidate_of(order) for order in orders], {6: "UNUSABLE_VALUE"})
    with opened(place) as database:
        assert list(recover_stalled_runs(database)) == []
        batch = database.run(claim_due, SETTINGS)
        assert ([claim.website_id for claim in batch.claims], batch.waiting) == ([website], [])
        lease = database.run(acquire, website, batch.claims[0].run_id, SETTINGS)
        database.run(store_page, lease, page, expected=5)
        gaps = progress_of(database, website, lease.run).gaps
        assert database.run(schedule.due) == []
        assert database.run(stale_runs.count_active) == 1
        run = database.run(finish, lease, "COMPLETED", 300)

    assert gaps == [5]
    assert run.status == "COMPLETED"
    assert run.counts.imported == 1
    assert app.ledger(website) == {1: "imported", 2: "repeat_purchase", 3: "duplicate", 4: "no_email", 6: "failed"}
    assert app.emails(website) == ["a@b.example"]
    assert app.website(website)["magentoLastEntityId"] == 6


def command(url: str) -> Done:
    return Command(where=[], environment={"DATABASE_URL": url})("migrate", "apply")


def test_the_command_exits_with_1_after_a_failure(postgres: PostgresServer) -> None:
    with made(postgres) as place:
        done = command(place.url)
        assert (done.code, done.err) == (0, "")
        assert "001_magento_sync.sql" in done.out
        assert ("Website", "magentoSyncFloor") in place.columns()
    with made(postgres, tables=False) as place:
        refused = command(place.url)
        assert (refused.code, refused.out) == (1, "")
        assert "The migration was not applied" in refused.err
    gone = command(place.url.replace("postgres@", "postgres:s3cret@"))
    assert gone.code == 1
    assert "cannot be reached" in gone.err
    assert "s3cret" not in gone.err
    assert "Traceback" not in gone.err
    assert command("").code == 2


@pytest.mark.parametrize("way", ["environment", "command line"])
def test_make_migrate_passes_the_url_unchanged(database_url: str, way: str) -> None:
    """Neither make nor the shell expands a password's special characters."""
    url = database_url.replace("postgres@", "postgres:$HOME$(id)`id`;@")
    done = subprocess.run(
        ["make", "--silent", "migrate", *([f"DATABASE_URL={url}"] if way == "command line" else [])],  # noqa: S607 - on PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | ({"DATABASE_URL": url} if way == "environment" else {}),
    )
    shown = subprocess.run(
        ["make", "--dry-run", "migrate", f"DATABASE_URL={url}"],  # noqa: S607 - on PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.returncode == 0, done.stderr
    assert "up to date" in done.stdout
    assert "postgresql://" not in shown.stdout
