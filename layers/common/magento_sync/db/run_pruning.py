"""Removing runs that nobody needs any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction

# A quarter tells every pattern of a shop's failures. No setting: nobody has a reason to want it otherwise, and the table stays small.
KEPT_DAYS = 90
BATCH_SIZE = 500


def prune(transaction: Transaction) -> int:
    """Removes old runs, some at a time; returns how many.

    These stay, however old: a website's newest run (its retry time, its failures in a row, what people look at); runs that go on; those
    that a shop refused a password in (it must not be tried again); those that brought orders from the very beginning on (a
    limited first import counts its days from the first of them).
    """
    # MATERIALIZED: a subquery may be asked once for every row, and would find some more each time.
    return transaction.execute(
        """
        WITH old AS MATERIALIZED (
            SELECT of_one."id" FROM {website} AS w CROSS JOIN LATERAL (
                SELECT "id" FROM {run} AS r
                WHERE r."websiteId" = w.{id} AND r."queuedAt" < {now} - make_interval(days => %(days)s)
                    AND r."finishedAt" < {now} - make_interval(days => %(days)s)
                    AND r."status" NOT IN ('QUEUED', 'RUNNING') AND r."refusedCredentials" IS NULL
                    AND NOT (r."fromEntityId" IS NOT DISTINCT FROM 0 AND r."ordersFetched" > 0)
                    AND EXISTS (
                        SELECT FROM {run} AS newer
                        WHERE newer."websiteId" = w.{id} AND (newer."queuedAt", newer."id") > (r."queuedAt", r."id")
                    )
                ORDER BY r."queuedAt" LIMIT %(most)s
                FOR UPDATE SKIP LOCKED
            ) AS of_one LIMIT %(most)s
        )
        DELETE FROM {run} WHERE "id" IN (SELECT "id" FROM old)
        """,
        {"days": KEPT_DAYS, "most": BATCH_SIZE},
    )
