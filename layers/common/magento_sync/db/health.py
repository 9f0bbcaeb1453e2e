"""How the websites are: overdue, in error, or failing for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from magento_sync.db.websites import USUAL_INTERVAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from magento_sync.db.connection.transaction import Row, Transaction

NAMED_WEBSITES = 50  # as many as a person reads; a metric counts all
DAY = timedelta(hours=24)


@dataclass(frozen=True)
class FailingWebsite:
    """A website that has failed for a day.

    Attributes:
        failing_hours: From the first failure in a row to now.
        error_code: Of the newest failure.
    """

    website_id: str
    domain: str | None
    failing_hours: int
    error_code: str | None


@dataclass(frozen=True)
class WebsitesHealth:
    """The state of all websites with auto-upload on.

    Attributes:
        enabled: How many there are.
        in_error: How many failed in their latest run.
        longest_overdue_minutes: How long the website that waits longest has been due; 0 if none waits. Up to 15 minutes
            are usual, the schedule's period. A website that was never synced does not count: it starts first.
        failing_for_a_day: How many have only failed for 24 hours or more.
        longest_failing: Those of them that fail longest.
    """

    enabled: int
    in_error: int
    longest_overdue_minutes: int
    failing_for_a_day: int
    longest_failing: Sequence[FailingWebsite]


def websites(transaction: Transaction) -> WebsitesHealth:
    """Returns the state of all websites with auto-upload on."""
    counts = transaction.one(
        """
        SELECT count(*) AS enabled, count(*) FILTER (WHERE w.{auto_upload_status} = 'ERROR') AS in_error,
            COALESCE(GREATEST(max(EXTRACT(EPOCH FROM {now} - due_at)) FILTER (
                WHERE w.{auto_upload_status} IS DISTINCT FROM 'RUNNING'
            ), 0), 0)::int / 60 AS longest_overdue_minutes
        FROM {website} AS w
        LEFT JOIN LATERAL (
            SELECT "retryAt" FROM {run} WHERE "websiteId" = w.{id} ORDER BY "queuedAt" DESC, "id" DESC LIMIT 1
        ) AS newest ON true
        CROSS JOIN LATERAL (
            SELECT COALESCE("retryAt", COALESCE(w.{auto_upload_last_run}, w.{last_sync})
                + make_interval(mins => COALESCE(w.{auto_upload_interval}, %s)))::timestamp AS due_at
        ) AS schedule
        WHERE w.{auto_upload_enabled}
        """,
        [USUAL_INTERVAL],
    )
    failing = _failing_for_a_day(transaction)
    return WebsitesHealth(
        **(counts or {}),
        failing_for_a_day=failing[0]["websites"] if failing else 0,
        longest_failing=[
            FailingWebsite(row["website_id"], row["domain"], row["hours"], row["error_code"]) for row in failing
        ],
    )


def has_now_failed_for_a_day(transaction: Transaction, website_id: str) -> bool:
    """Returns whether the website's newest failure is the first that came a day or more after its failures began."""
    return any(row["before"] - row["since"] < DAY for row in _failing_for_a_day(transaction, website_id))


def _failing_for_a_day(transaction: Transaction, website_id: str | None = None) -> list[Row]:
    """Returns the websites, or one website, whose failures began a day ago or earlier, the longest failing first.

    Failures are the runs since the last completed one that ended with an error; a stopped run proves nothing.
    """
    return transaction.all(
        """
        SELECT w.{id} AS website_id, w.{domain} AS domain, error_code, since, before,
            floor(EXTRACT(EPOCH FROM {now} - since) / 3600)::int AS hours, count(*) OVER () AS websites
        FROM {website} AS w CROSS JOIN LATERAL (
            SELECT min("finishedAt") AS since,
                COALESCE((array_agg("finishedAt" ORDER BY "queuedAt" DESC))[2], min("finishedAt")) AS before,
                (array_agg("errorCode" ORDER BY "queuedAt" DESC))[1] AS error_code
            FROM {run} AS failed
            WHERE failed."websiteId" = w.{id} AND failed."status" IN ('FAILED', 'ABANDONED')
                AND failed."queuedAt" > COALESCE((
                    SELECT max("queuedAt") FROM {run} AS completed
                    WHERE completed."websiteId" = w.{id} AND completed."status" = 'COMPLETED'
                ), '-infinity')
        ) AS failures
        WHERE w.{auto_upload_enabled} AND since <= {now} - interval '24 hours'
            AND (%(website)s::text IS NULL OR w.{id} = %(website)s)
        ORDER BY since, w.{id} LIMIT %(limit)s
        """,
        {"website": website_id, "limit": NAMED_WEBSITES},
    )
