"""What `site_sync` answers: the names that operators' scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from magento_sync.db.run_record import Counts

if TYPE_CHECKING:
    from magento_sync.db.run_record import Run

Status = Literal["COMPLETED", "CONTINUED", "FAILED", "STOPPED", "SKIPPED"]


class Summary(TypedDict):
    """A run in brief; `orders` (ids by outcome) for a dry run only."""

    websiteId: str
    runId: str | None
    status: Status
    method: str | None
    ordersFetched: int
    importedCustomers: int
    duplicates: int
    repeatPurchases: int
    withoutEmail: int
    failedOrders: int
    fromEntityId: int | None
    watermark: int | None
    errorCode: str | None
    orders: NotRequired[dict[str, list[int]]]


def summary_of(run: Run, status: Status) -> Summary:
    """The summary of a run of ours."""
    return summary(
        run.website_id,
        run.id,
        status,
        method=run.method,
        counts=run.counts,
        from_entity_id=run.from_entity_id,
        watermark=run.to_entity_id,
        error_code=run.error_code,
    )


def skipped(website_id: str, run_id: str | None, code: str) -> Summary:
    """The summary where nothing was done, and why."""
    return summary(website_id, run_id, "SKIPPED", error_code=code)


def summary(  # noqa: PLR0913 - the fields of one answer
    website_id: str,
    run_id: str | None,
    status: Status,
    *,
    method: str | None = None,
    counts: Counts | None = None,
    from_entity_id: int | None = None,
    watermark: int | None = None,
    error_code: str | None = None,
) -> Summary:
    """Puts a summary together."""
    counts = counts or Counts()
    return {
        "websiteId": website_id,
        "runId": run_id,
        "status": status,
        "method": method,
        "ordersFetched": counts.orders_fetched,
        "importedCustomers": counts.imported,
        "duplicates": counts.duplicates,
        "repeatPurchases": counts.repeat_purchases,
        "withoutEmail": counts.without_email,
        "failedOrders": counts.failed,
        "fromEntityId": from_entity_id,
        "watermark": watermark,
        "errorCode": error_code,
    }
