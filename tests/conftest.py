"""What all tests share: a real PostgreSQL, and a database of its own for each test that asks."""

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
    """A server with the app's tables and our migration in a database to copy from."""
    with PostgresServer(tmp_path_factory.mktemp("postgres") / "data", durable=False) as server:
        server.create_database("pattern")
        make_app_tables(server.url("pattern"))
        migrate(server.url("pattern"))
        yield server


@pytest.fixture(scope="session")
def databases(postgres: PostgresServer) -> Databases:
    """Where tests get theirs from."""
    return Databases(postgres, "pattern")


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """A database of the test's own."""
    with databases.one() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database as the layer sees it."""

    def url(*, fresh: bool = False) -> str:  # noqa: ARG001 - the form that Database asks for
        return database_url

    connected = Database(url)
    yield connected
    connected.close()


@pytest.fixture
def rows(database_url: str) -> Iterator[Connection[dict[str, Any]]]:
    """A connection that looks at the database from outside."""
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


@pytest.fixture
def app(rows: Connection[dict[str, Any]]) -> App:
    """The Next.js app's part: it makes websites and customers as Prisma does."""
    return App(rows)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the longest test, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: item.path.name != "test_contract.py")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Adds up the figures that tests have recorded, such as how many points a run was killed at."""
    sums: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        sums.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for name, value in sorted(sums.items()):
        terminalreporter.write_line(f"{name}: {value}")
