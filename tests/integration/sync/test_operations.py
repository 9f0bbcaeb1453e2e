"""The SQL of `docs/operations.md` does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.leases import hold

if TYPE_CHECKING:
    from psycopg import Cursor

    from tests.support.app import App, Row
    from tests.support.system import System

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def _run(app: App, heading: str, of: str) -> Cursor[Row]:
    """Runs the first SQL under a heading."""
    section = PAGE.split(f"## {heading}")[1]
    found = re.search(r"```sql\n(.*?)```", section, re.DOTALL)
    assert found
    return app.rows.execute(found[1].replace("…", of).encode())


def test_a_website_whose_shop_was_reset_is_read_again_without_new_customers(system: System) -> None:
    website = system.add_website()
    first = system.sync(website)

    _run(system.app, "SHOP_RESET", website)

    assert system.app.ledger(website) == {}
    again = system.sync(website)
    assert again["ordersFetched"] == first["ordersFetched"] > 0
    assert again["importedCustomers"] == 0


def test_the_ledger_is_not_cleared_during_a_run(system: System) -> None:
    website = system.add_website()
    system.sync(website)
    hold(system.database, website)
    before = system.app.website(website), system.app.ledger(website)

    _run(system.app, "SHOP_RESET", website)

    assert (system.app.website(website), system.app.ledger(website)) == before


def test_a_run_is_stopped_by_hand(system: System) -> None:
    website = system.add_website()
    run = system.claim(website)

    _run(system.app, "Stopping a run", run)

    assert system.syncer.run(website, run)["status"] == "STOPPED"
    assert system.app.ledger(website) == {}


def test_the_error_codes_of_failed_runs_are_shown(system: System) -> None:
    website = system.add_website()
    system.put_credentials(website, "no JSON")
    system.sync(website)

    failed = _run(system.app, "What went wrong", website).fetchall()

    assert [row["errorCode"] for row in failed] == ["CREDENTIALS_UNREADABLE"]
