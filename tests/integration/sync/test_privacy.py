"""`docs/privacy.md`: personal data is in the app's `Customer` table, and nowhere else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from magento_sync.errors import CustomerTableUnfit
from tests.support.functions import call, listen
from tests.support.system import personal_data

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.functions import LambdaClient
    from tests.support.system import System


def _everything_succeeds(_system: System) -> None:
    pass


def _an_order_is_refused_by_the_database(system: System) -> None:
    system.app.rows.execute('ALTER TABLE "Customer" ALTER "email" TYPE varchar(16)')


def _an_order_has_an_unusable_date(system: System) -> None:
    system.shop.orders.add(
        created_at="last Tuesday", customer_email="secret@example.com", customer_firstname="Secretia"
    )


def _the_table_takes_no_rows(system: System) -> None:
    system.app.rows.execute('ALTER TABLE "Customer" ADD CHECK ("email" IS NULL)')


@pytest.mark.parametrize(
    "happens",
    [
        _everything_succeeds,
        _an_order_is_refused_by_the_database,
        _an_order_has_an_unusable_date,
        _the_table_takes_no_rows,
    ],
)
def test_only_the_customers_hold_personal_data(
    functions: LambdaClient,
    system: System,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[System], None],
) -> None:
    monkeypatch.setenv("ENRICH_CUSTOMERS", "true")
    output = listen(capsys, monkeypatch)
    website = system.add_website()
    happens(system)
    errors: list[str] = []

    try:
        call("cron_fanout", {})
    except CustomerTableUnfit as error:
        errors.append(f"{type(error).__name__}: {error}")

    assert bool(errors) == (happens is _the_table_takes_no_rows)
    if not errors:
        assert functions.answers[0]["importedCustomers"] > 0
        assert any("@" in customer["email"] for customer in system.app.customers(website))
    elsewhere = {
        "ledger and runs": system.app.everything(),
        "website": json.dumps(system.app.website(website), default=str),
        "logs and metrics": output.text,
        "events": json.dumps(functions.events),
        "answers": json.dumps(functions.answers),
        "errors": " ".join(errors),
    }
    assert functions.events
    assert "A run has ended" in output.text or errors
    private = personal_data(system.shop)
    assert len(private) > 20
    for place, text in elsewhere.items():
        lower = text.lower()
        assert "@" not in lower, place
        assert [one for one in private if f'"{one}"' in lower or f" {one} " in lower] == [], place


def test_an_event_holds_the_ids_of_website_and_run_only(functions: LambdaClient, system: System) -> None:
    functions.runs = False
    system.add_website()

    call("cron_fanout", {})

    assert [event.keys() for event in functions.events] == [{"websiteId", "runId", "trigger"}]
