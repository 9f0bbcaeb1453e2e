"""The names of a run's summary, which operators' scripts rely on."""

from __future__ import annotations

from magento_sync.db.run_record import Counts
from magento_sync.sync.result import skipped, summary

NAMES = {
    "websiteId",
    "runId",
    "status",
    "method",
    "ordersFetched",
    "importedCustomers",
    "duplicates",
    "repeatPurchases",
    "withoutEmail",
    "failedOrders",
    "fromEntityId",
    "watermark",
    "errorCode",
}


def test_a_summary_has_its_names_and_values() -> None:
    counts = Counts(orders_fetched=21, imported=6, duplicates=5, repeat_purchases=4, without_email=3, failed=2)

    result = summary("w", "r", "COMPLETED", method="discovery", counts=counts, from_entity_id=7, watermark=28)

    assert result == {
        "websiteId": "w",
        "runId": "r",
        "status": "COMPLETED",
        "method": "discovery",
        "ordersFetched": 21,
        "importedCustomers": 6,
        "duplicates": 5,
        "repeatPurchases": 4,
        "withoutEmail": 3,
        "failedOrders": 2,
        "fromEntityId": 7,
        "watermark": 28,
        "errorCode": None,
    }


def test_a_skipped_sync_has_the_same_names() -> None:
    result = skipped("w", None, "AUTO_UPLOAD_OFF")

    assert set(result) == NAMES
    assert (result["status"], result["errorCode"], result["ordersFetched"]) == ("SKIPPED", "AUTO_UPLOAD_OFF", 0)
