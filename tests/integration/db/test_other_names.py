"""An app that maps its tables and columns otherwise: a setting renames all of them, and everything works."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from magento_sync.db import customer_list
from magento_sync.db.cuid import new_cuid
from magento_sync.db.names import RENAMABLE_COLUMNS, composed, names, names_of, with_own_names
from magento_sync.errors import ConfigurationError
from ops.migrate import MigrationFailed, migrate
from tests.support.api_calls import Api
from tests.support.app import APP_TABLES, App
from tests.support.expected import expected_customers, expected_outcomes
from tests.support.functions import ROOT, call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.postgres.server import PostgresServer
    from magento_sync.db.connection.database import Database
    from tests.support.system import System

# Every name is another one, and the table of websites is in a schema of its own.
OTHER_NAMES = {
    "Website": "crm.shops",
    "Customer": "people",
    "MagentoSyncRun": "sync_runs",
    "MagentoSyncOrder": "sync_orders",
    **{usual: f"the_{key}" for usual, key in RENAMABLE_COLUMNS.items()},
    # As queries call values of their own.
    "Customer.email": "mail",
    "Customer.name": "spelling",
    "Customer.purchaseDate": "bought",
    "Website.magentoLastSync": "shop",
    "Website.magentoSyncFloor": "website_id",
    "Website.magentoStoreId": "run_id",
    "Website.magentoAutoUploadLastRun": "claim_at",
}
CHOSEN = {"mail", "spelling", "bought", "shop", "website_id", "run_id", "claim_at"}


class Translated:
    """A connection whose queries have the usual names."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    def execute(self, query: str | bytes, parameters: Any = None) -> psycopg.Cursor[dict[str, Any]]:  # noqa: ANN401
        text = query.decode() if isinstance(query, bytes) else query
        return self._connection.execute(with_own_names(text).encode(), parameters)


def forget_names() -> None:
    names.cache_clear()
    composed.cache_clear()


@pytest.fixture
def other_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TABLE_NAMES", ",".join(f"{usual}:{other}" for usual, other in OTHER_NAMES.items()))
    forget_names()
    yield
    monkeypatch.undo()
    forget_names()


@pytest.fixture
def database_url(postgres: PostgresServer, other_names: None) -> Iterator[str]:  # noqa: ARG001
    """A database with the app's tables under other names."""
    name = f"names_{new_cuid()}"
    postgres.create_database(name)
    with psycopg.connect(postgres.url(name), autocommit=True) as connection:
        connection.execute('CREATE SCHEMA "crm"')
        connection.execute(with_own_names(APP_TABLES.read_text()).encode())
    yield postgres.url(name)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as rows:
        yield App(Translated(rows))  # type: ignore[arg-type]


def test_no_table_or_column_has_its_usual_name(app: App) -> None:
    rows = app.rows.execute(
        "SELECT table_schema || '.' || table_name AS place, column_name FROM information_schema.columns "
        "WHERE table_name IN ('shops', 'people', 'sync_runs', 'sync_orders')"
    ).fetchall()

    columns = {
        name: {row["column_name"] for row in rows if row["place"] == name} for name in (r["place"] for r in rows)
    }
    assert set(columns) == {"crm.shops", "public.people", "public.sync_runs", "public.sync_orders"}
    # The app's columns that no query uses keep their names.
    assert {name for name in columns["crm.shops"] if not name.startswith("the_")} - CHOSEN == {"url"}
    assert {name for name in columns["public.people"] if not name.startswith("the_")} - CHOSEN == set()


def test_a_whole_sync_works(system: System, database: Database) -> None:
    website = system.add_website("mokken.example")

    first, second = system.sync(website), system.scheduled_sync(website)

    stored, _ = database.run(customer_list.page, customer_list.Selection([website]), limit=100)
    assert {(one.email, one.name) for one in stored} == {
        (row[0], row[1]) for row in expected_customers("mokken.example")
    }
    assert system.app.ledger(website) == expected_outcomes("mokken.example")
    assert (first["status"], first["importedCustomers"]) == ("COMPLETED", len(stored))
    assert (second["status"], second["importedCustomers"]) == ("COMPLETED", 0)


@pytest.mark.usefixtures("functions")
@pytest.mark.filterwarnings("ignore:No application metrics")
def test_the_schedule_and_the_api_work(system: System) -> None:
    website = system.add_website("mokken.example")

    started = Api().sync(website)
    listed = Api("customers").get("/api/customers", [("websiteId", website)])

    system.app.change_website(website, magentoAutoUploadLastRun=datetime(2020, 1, 1))  # noqa: DTZ001 - UTC
    assert call("cron_fanout", {})["started"] == 1
    assert started.status == 200
    assert listed.status == 200
    assert listed.body["customers"]
    assert system.dry_run(website)["status"] == "COMPLETED"


def test_the_documented_example_is_valid() -> None:
    page = (ROOT / "docs" / "prisma.md").read_text()

    example = names_of(next(line for line in page.splitlines() if line.startswith("TABLE_NAMES=")).partition("=")[2])

    assert example.place("website", None) == ("crm", "shops")
    assert example.columns["website_id"] == "website_id"


def test_the_migration_can_be_repeated_and_names_the_app_s_own_tables(app: App, database_url: str) -> None:
    assert migrate(database_url)
    app.rows.execute('ALTER TABLE "Customer" RENAME TO "gone"')

    with pytest.raises(MigrationFailed, match='"people" are not in schema'):
        migrate(database_url)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("Website", '"Website" is not a pair such as Website:websites'),
        ("Website:a,,", '"" is not a pair'),
        ("Webiste:a", '"Webiste" cannot be renamed. These can be: Website, Customer, '),
        ("MagentoSyncRun.id:a", '"MagentoSyncRun.id" cannot be renamed'),
        ("Website:a.b.c", '"a.b.c" is neither a table nor schema.table'),
        ("Website:Customer", '"Customer" is the name of two tables'),
        ("Customer.email:name", '"name" is the name of two tables, or of two columns'),
    ],
)
def test_an_invalid_setting_is_named(monkeypatch: pytest.MonkeyPatch, setting: str, message: str) -> None:
    monkeypatch.setenv("TABLE_NAMES", setting)
    forget_names()
    try:
        with pytest.raises(ConfigurationError) as caught:
            composed("SELECT FROM {website}", None)
    finally:
        monkeypatch.undo()
        forget_names()

    assert str(caught.value).startswith("TABLE_NAMES: ")
    assert message in str(caught.value)
