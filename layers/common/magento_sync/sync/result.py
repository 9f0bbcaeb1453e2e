"""The result of `site_sync`, with the names that operators' scripts rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from magento_sync.db.run_record import Counts

if TYPE_CHECKING:
    from magento_sync.db.run_record import Run

Status = Literal["COMPLETED", "CONTINUED", "FAILED", "STOPPED", "SKIPPED"]


class Summary(TypedDict):
    """The summary of a run; only a dry run has `orders`, the ids by outcome, or else `errorParameters`."""

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
    errorParameters: NotRequired[dict[str, str | int]]
    orders: NotRequired[dict[str, list[int]]]


def summary_of(run: Run, status: Status) -> Summary:
    """Returns the summary of a recorded run."""
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
    """Returns the summary of a sync that was skipped, with the reason's code."""
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
    """Returns a summary."""
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
