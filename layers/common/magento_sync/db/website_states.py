"""How each website is: its settings, its newest run and its quarantine, for an operator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.websites import USUAL_INTERVAL

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction


@dataclass(frozen=True)
class WebsiteState:
    """One website.

    Attributes:
        status: `magentoAutoUploadStatus`.
        run_status: Of the newest run, as the next five.
        last_sync: End of the last completed run, in UTC.
        next_due: When its interval or retry time ends, in UTC; None if auto-upload is off.
        quarantined: How many of its orders are in quarantine.
    """

    id: str
    domain: str
    auto_upload: bool
    status: str
    sync_status: str | None
    watermark: int
    floor: int
    last_sync: datetime | None
    next_due: datetime | None
    run_id: str | None
    run_status: str | None
    orders_fetched: int
    expected_orders: int | None
    imported_customers: int
    error_code: str | None
    quarantined: int

    @property
    def state(self) -> str:
        """The state in one or two words."""
        if self.status == "RUNNING":
            return "waiting" if self.run_status == "QUEUED" else "running"
        if self.status == "ERROR":
            return self.sync_status or "failed"
        return "on" if self.auto_upload else "off"


def states(transaction: Transaction, website_id: str | None = None) -> list[WebsiteState]:
    """Returns all websites by domain, or the one."""
    rows = transaction.all(
        """
        SELECT w.{id} AS id, COALESCE(w.{domain}, '') AS domain,
            COALESCE(w.{auto_upload_enabled}, false) AS auto_upload,
            COALESCE(w.{auto_upload_status}::text, 'STOPPED') AS status, w.{sync_status} AS sync_status,
            COALESCE(w.{last_entity_id}, 0) AS watermark, COALESCE(w.{sync_floor}, 0) AS floor,
            w.{last_sync}::timestamp AS last_sync,
            CASE WHEN w.{auto_upload_enabled} THEN COALESCE(
                newest."retryAt",
                COALESCE(w.{auto_upload_last_run}, w.{last_sync})
                    + make_interval(mins => COALESCE(w.{auto_upload_interval}, %(usual)s)),
                {now}
            ) END::timestamp AS next_due,
            newest."id" AS run_id, newest."status" AS run_status,
            COALESCE(newest."ordersFetched", 0) AS orders_fetched, newest."expectedOrders" AS expected_orders,
            COALESCE(newest."importedCustomers", 0) AS imported_customers, newest."errorCode" AS error_code,
            (
                SELECT count(*)::int FROM {ledger} AS l WHERE l."websiteId" = w.{id} AND l."outcome" = 'failed'
            ) AS quarantined
        FROM {website} AS w
        LEFT JOIN LATERAL (
            SELECT * FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        WHERE %(website)s::text IS NULL OR w.{id} = %(website)s
        ORDER BY w.{domain}, w.{id}
        """,
        {"usual": USUAL_INTERVAL, "website": website_id},
    )
    return [WebsiteState(**row) for row in rows]
