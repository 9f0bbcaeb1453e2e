"""The recorded shop's 56 orders become customers as the design's tables say."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from magento_sync import __version__
from tests.support.expected import EXPECTED, expected_customers, expected_outcomes

if TYPE_CHECKING:
    from tests.support.system import System


@pytest.mark.parametrize("domain", EXPECTED)
def test_customers_ledger_and_summary_are_as_the_tables_say(system: System, domain: str) -> None:
    website = system.add_website(domain)

    summary = system.sync(website)

    assert system.app.ledger(website) == expected_outcomes(domain)
    stored = {(row["email"], row["name"], row["purchaseDate"]) for row in system.app.customers(website)}
    assert stored == expected_customers(domain)
    tally = Counter(expected_outcomes(domain).values())
    assert summary["status"] == "COMPLETED"
    assert summary["importedCustomers"] == tally["imported"] == len(system.app.customers(website))
    assert summary["duplicates"] == tally["duplicate"]
    assert summary["repeatPurchases"] == tally["repeat_purchase"]
    assert summary["withoutEmail"] == tally["no_email"]
    assert summary["failedOrders"] == 0
    assert summary["ordersFetched"] == len(expected_outcomes(domain))
    assert summary["watermark"] == max(expected_outcomes(domain))


def test_customers_are_stored_as_prisma_would_store_them(system: System) -> None:
    website = system.add_website("mokken.example")
    system.sync(website)

    first = system.app.customers(website)[0]

    assert first["status"] == "PENDING"
    assert first["productName"] == "Unknown Product"
    assert first["purchaseDate"] == datetime(2026, 11, 22, 14, 44, 27)  # noqa: DTZ001 - UTC, as timestamp(3) holds it
    assert len(first["id"]) == 25
    assert first["id"].startswith("c")
    assert first["lastContact"] is None
    assert first["createdAt"] == first["updatedAt"]
    assert first["createdAt"].microsecond % 1000 == 0


def test_a_second_sync_imports_nothing(system: System) -> None:
    website = system.add_website("mokken.example")
    system.sync(website)
    before = system.app.customers(website)

    again = system.sync(website)

    assert again["status"] == "COMPLETED"
    assert again["importedCustomers"] == again["ordersFetched"] == 0
    assert system.app.customers(website) == before


def test_website_and_run_show_the_completed_sync(system: System) -> None:
    website = system.add_website("mokken.example")

    summary = system.sync(website)

    row = system.app.website(website)
    assert row["magentoAutoUploadStatus"] == "STOPPED"
    assert row["magentoSyncStatus"] == "completed"
    assert row["magentoLastEntityId"] == summary["watermark"]
    assert row["magentoSyncRunId"] is None
    assert row["magentoLastSync"] is not None
    run = system.app.runs(website)[0]
    assert run["status"] == "COMPLETED"
    assert run["method"] == "discovery"
    assert run["expectedOrders"] == run["ordersFetched"] == summary["ordersFetched"]
    assert run["fromEntityId"] == 0


def test_enrichment_reads_billing_names_and_products(system: System) -> None:
    system.set(enrich_customers=True)
    website = system.add_website("mokken.example")

    system.sync(website)

    by_email = {row["email"]: row for row in system.app.customers(website)}
    assert by_email["jan@example.com"]["productName"] == "Blue Mug"


def test_a_sync_sends_few_small_requests_over_one_connection(system: System) -> None:
    system.set(contact="ops@app.example")
    website = system.add_website("mokken.example")

    system.sync(website)

    requests = system.shop.requests
    pages = [request.query for request in requests if request.kind == "list"]
    assert [int(query["searchCriteria[pageSize]"]) for query in pages] == [10, 20]
    assert len(requests) == len(pages) + 1
    assert len({request.connection for request in requests}) == 1
    assert {query["searchCriteria[currentPage]"] for query in pages} == {"1"}
    assert {request.user_agent for request in requests} == {f"magento-sync/{__version__} (+ops@app.example)"}
