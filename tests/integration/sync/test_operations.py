"""The SQL of `docs/operations.md` does what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from magento_sync.db.outcomes import Outcome
from tests.support.leases import hold

if TYPE_CHECKING:
    from psycopg import Cursor

    from tests.support.app import App, Row
    from tests.support.system import System

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()


def _section(heading: str) -> str:
    return PAGE.split(f"## {heading}")[1].split("\n## ")[0]


def _run(app: App, heading: str, of: str, order_id: int = 1017) -> Cursor[Row]:
    """Runs the first SQL under a heading."""
    found = re.search(r"```sql\n(.*?)```", _section(heading), re.DOTALL)
    assert found
    return app.rows.execute(found[1].replace("…", of).replace("1017", str(order_id)).encode())


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


def test_the_ledger_says_why_an_order_was_not_imported(system: System) -> None:
    website = system.add_website()
    system.sync(website)
    order_id, outcome = next(
        (order_id, outcome) for order_id, outcome in system.app.ledger(website).items() if outcome != Outcome.IMPORTED
    )

    seen = _run(system.app, "Why an order was not imported", website, order_id).fetchall()

    assert [row["outcome"] for row in seen] == [outcome]


def test_every_outcome_is_explained() -> None:
    explained = re.findall(r"^\| `([a-z_]+)` \|", _section("Why an order was not imported"), re.MULTILINE)

    assert sorted(explained) == sorted(Outcome)
