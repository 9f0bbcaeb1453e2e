"""Missing rights and row level security: the error names the table and what is missing."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import sql

from magento_sync.db import customers, websites
from magento_sync.db.connection.database import Database
from magento_sync.db.cuid import new_cuid
from magento_sync.deadline import Deadline
from magento_sync.errors import ConfigurationError
from magento_sync.runs import leases
from magento_sync.runs.dispatch import DispatchReport, dispatch
from tests.support.claims import claim_due
from tests.support.explaining import explained
from tests.support.leases import hold, order, store_page
from tests.support.system import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

    from tests.support.app import App

    Rows = Connection[dict[str, Any]]


@pytest.fixture
def role(rows: Rows) -> Iterator[str]:
    """A role with all rights that this system needs."""
    role = f"role_{new_cuid()}"
    rows.execute(
        f"""CREATE ROLE {role} LOGIN;
        GRANT SELECT, UPDATE ON "Website" TO {role}; GRANT SELECT, INSERT ON "Customer" TO {role};
        GRANT SELECT, INSERT, UPDATE, DELETE ON "MagentoSyncRun", "MagentoSyncOrder" TO {role}""".encode()
    )
    yield role
    rows.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())


@pytest.fixture
def limited(database_url: str, role: str) -> Iterator[Database]:
    """The database as that role sees it."""
    database = Database(lambda *, fresh=False: database_url.replace("postgres@", f"{role}@"))  # noqa: ARG005
    yield database
    database.close()


@contextmanager
def row_level_security(rows: Rows, table: str) -> Iterator[None]:
    name = sql.Identifier(table)
    rows.execute(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(name))
    yield
    rows.execute(sql.SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(name))


def _sync(database: Database, website: str) -> None:
    lease = hold(database, website)
    store_page(database, lease, order(1))
    database.run(leases.finish, lease, "COMPLETED", 300)


def test_a_role_with_the_documented_rights_can_sync(limited: Database, app: App) -> None:
    website = app.add_website()

    _sync(limited, website)

    assert app.ledger(website) == {1: "imported"}


@pytest.mark.parametrize(
    "right",
    [
        'SELECT on "Website"',
        'UPDATE on "Website"',
        'SELECT on "Customer"',
        'INSERT on "Customer"',
        'INSERT on "MagentoSyncRun"',
        'UPDATE on "MagentoSyncOrder"',
    ],
)
def test_a_missing_right_is_named(limited: Database, app: App, rows: Rows, role: str, right: str) -> None:
    website = app.add_website()
    rows.execute(f"REVOKE {right} FROM {role}".encode())

    with pytest.raises(ConfigurationError, match=right) as caught:
        _sync(limited, website)

    assert "42501" in str(caught.value)
    assert "@" not in str(caught.value)
    assert app.customers(website) == []


def test_a_transaction_that_cannot_even_begin_says_so(limited: Database, rows: Rows) -> None:
    rows.execute("REVOKE EXECUTE ON FUNCTION pg_current_xact_id() FROM PUBLIC")

    with pytest.raises(ConfigurationError, match="refuses a statement"):
        limited.run(websites.find, "any")

    rows.execute("GRANT EXECUTE ON FUNCTION pg_current_xact_id() TO PUBLIC")
    assert limited.run(websites.find, "any") is None


def test_row_level_security_that_refuses_customers_is_named(limited: Database, app: App, rows: Rows) -> None:
    website = app.add_website()

    with (
        row_level_security(rows, "Customer"),
        pytest.raises(ConfigurationError, match='row level security of "Customer"'),
    ):
        _sync(limited, website)

    assert app.ledger(website) == {}


def test_no_policy_makes_a_page_read_all_customers_for_each_email(
    limited: Database, app: App, rows: Rows, role: str
) -> None:
    """Under such a policy PostgreSQL cannot look up `lower(email)` by an index: lower() is not leakproof."""
    website = app.add_website()
    rows.execute(
        """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "updatedAt")
        SELECT 'c' || n, %s, 'x', n || '@example.com', now() FROM generate_series(1, 5000) AS n""",
        [website],
    )
    rows.execute('ANALYZE "Customer"')
    with row_level_security(rows, "Customer"):
        rows.execute(f"""CREATE POLICY "own" ON "Customer" TO {role} USING (current_user = '{role}')""".encode())

        plan = explained(
            limited, lambda transaction: customers.store(transaction, website, [order(n) for n in range(1, 301)])
        )
        rows.execute('DROP POLICY "own" ON "Customer"')

    assert plan.count('Seq Scan on "Customer"') == 1
    assert "Nested Loop" not in plan


def test_a_fan_out_from_which_row_level_security_hides_all_websites_says_so(
    limited: Database, app: App, rows: Rows
) -> None:
    app.add_website()

    with (
        row_level_security(rows, "Website"),
        pytest.raises(ConfigurationError, match='row level security of "Website"'),
    ):
        dispatch(limited, SETTINGS, lambda **_: None, Deadline.after(60.0))


def test_a_fan_out_over_no_websites_at_all_is_no_error(limited: Database, rows: Rows) -> None:
    rows.execute('VACUUM FULL "Website"')
    with row_level_security(rows, "Website"):
        assert dispatch(limited, SETTINGS, lambda **_: None, Deadline.after(60.0)) == DispatchReport()


def test_a_policy_that_shows_some_websites_is_respected(limited: Database, app: App, rows: Rows, role: str) -> None:
    shown, hidden = app.add_website(), app.add_website("hidden.example")
    with row_level_security(rows, "Website"):
        rows.execute(f"""CREATE POLICY "some" ON "Website" TO {role} USING ("id" = '{shown}')""".encode())

        claimed = limited.run(claim_due, SETTINGS).claims
        found = limited.run(websites.find, hidden)
        rows.execute('DROP POLICY "some" ON "Website"')

    assert [claim.website_id for claim in claimed] == [shown]
    assert found is None
