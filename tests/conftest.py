"""Fixtures of all tests: a real PostgreSQL, and a database of its own for each test that needs one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from local.postgres.server import PostgresServer
from magento_sync.db.connection.database import Database
from ops.migrate import migrate
from tests.support.app import App, make_app_tables
from tests.support.databases import Databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest.terminal import TerminalReporter
    from psycopg import Connection


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server with a template database: the app's tables and the migration."""
    with PostgresServer(tmp_path_factory.mktemp("postgres") / "data", durable=False) as server:
        server.create_database("pattern")
        make_app_tables(server.url("pattern"))
        migrate(server.url("pattern"))
        yield server


@pytest.fixture(scope="session")
def databases(postgres: PostgresServer) -> Databases:
    """The databases of the tests."""
    return Databases(postgres, "pattern")


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database for one test."""
    with databases.one() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's database, as the layer connects to it."""

    def url(*, fresh: bool = False) -> str:  # noqa: ARG001 - the signature that Database expects
        return database_url

    connected = Database(url)
    yield connected
    connected.close()


@pytest.fixture
def rows(database_url: str) -> Iterator[Connection[dict[str, Any]]]:
    """A separate connection to the test's database."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def app(rows: Connection[dict[str, Any]]) -> App:
    """The Next.js app: creates websites and customers as Prisma does."""
    return App(rows)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Starts the longest test first, so that it does not run alone at the end."""
    items.sort(key=lambda item: item.path.name != "test_contract.py")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Prints the sums of the numbers that tests record, such as the crash points."""
    sums: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        sums.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for name, value in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {value}")
