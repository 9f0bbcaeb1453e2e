"""The pool of test databases: no test finds what another has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from tests.support.databases import Databases


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL(statement).format(database=name))


def test_a_test_database_is_reused_without_rows(databases: Databases) -> None:
    with databases.one() as first:
        execute(first, """INSERT INTO "Website" ("id", "domain", "updatedAt") VALUES ('w', 'shop.example', now())""")
        execute(
            first,
            """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "updatedAt")
                VALUES ('c', 'w', 'n', 'e', now())""",
        )

    with databases.one() as second, psycopg.connect(second) as connection:
        assert second == first
        assert connection.execute('SELECT FROM "Website"').rowcount == 0
        assert connection.execute('SELECT FROM "Customer"').rowcount == 0


@pytest.mark.parametrize(
    "change",
    [
        'DROP INDEX "Customer_websiteId_email_key"',
        'CREATE INDEX ON "Customer" ("name")',
        'ALTER TABLE "Customer" ALTER "email" TYPE varchar(16)',
        'ALTER TABLE "Customer" ALTER "status" DROP DEFAULT',
        'ALTER TABLE "Customer" DROP "lastContact"',
        'ALTER TABLE "MagentoSyncRun" ADD CHECK ("ordersFetched" = 0)',
        'ALTER TABLE "MagentoSyncRun" RENAME TO "away"',
        """ALTER TYPE "EmailStatus" ADD VALUE 'BOUNCED'""",
        'CREATE SCHEMA "other"',
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql RETURN 1",
        "CREATE TABLE more (id int)",
        'GRANT SELECT ON "Customer" TO PUBLIC',
        "ALTER DATABASE {database} SET timezone TO 'Asia/Kolkata'",
        """CREATE TRIGGER rewrites BEFORE UPDATE ON "Website"
            FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    ],
)
def test_a_test_database_with_another_structure_is_dropped(databases: Databases, change: str) -> None:
    with databases.one() as first:
        execute(first, change)

    with databases.one() as second:
        assert second != first
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(first)


def test_open_sessions_of_a_test_database_are_ended(databases: Databases) -> None:
    with databases.one() as url:
        left_open = psycopg.connect(url)
        left_open.execute('LOCK TABLE "Website"')

    with databases.one() as again:
        assert again == url
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()
