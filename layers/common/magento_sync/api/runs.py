"""A run as callers see it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from magento_sync.messages import imported, sentence

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.messages import Language
    from magento_sync.run_record import Counts, Run


def run_json(run: Run, language: Language) -> dict[str, Any]:
    """The run with its live counts; times in UTC."""
    return {
        "id": run.id,
        "websiteId": run.website_id,
        "trigger": run.trigger,
        "status": run.status,
        "method": run.method,
        "methodReason": run.method_reason,
        **counts_json(run.counts),
        "expectedOrders": run.expected_orders,
        "fromEntityId": run.from_entity_id,
        "watermark": run.to_entity_id,
        "errorCode": run.error_code,
        "errorMessage": sentence(run.error_code, language, run.error_parameters) if run.error_code else None,
        "queuedAt": _instant(run.queued_at),
        "startedAt": _instant(run.started_at),
        "finishedAt": _instant(run.finished_at),
    }


def result_json(run: Run, language: Language) -> dict[str, Any]:
    """What a finished sync says; a shop's failure is a result too."""
    if run.status == "COMPLETED":
        message = imported(run.counts.imported, language)
    elif run.error_code:
        message = sentence(run.error_code, language, run.error_parameters)
    else:
        message = sentence("STOPPED", language, {"count": run.counts.imported})
    return {
        "success": run.status == "COMPLETED",
        "message": message,
        **counts_json(run.counts),
        "watermark": run.to_entity_id,
        "errorCode": run.error_code,
        "run": run_json(run, language),
    }


def counts_json(counts: Counts) -> dict[str, int]:
    """The counts under the API's names."""
    return {
        "ordersFetched": counts.orders_fetched,
        "importedCustomers": counts.imported,
        "duplicates": counts.duplicates,
        "repeatPurchases": counts.repeat_purchases,
        "withoutEmail": counts.without_email,
        "failedOrders": counts.failed,
    }


def _instant(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None
