"""What an operator's check needs to know of the database: what is there, and signs of trouble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from magento_sync.db.names import TABLES, names
from magento_sync.db.stale_runs import ADOPTION_MINUTES, LEASE_MINUTES

if TYPE_CHECKING:
    from datetime import datetime

    from magento_sync.db.connection.transaction import Transaction


@dataclass(frozen=True)
class Server:
    """The server, as a session sees it.

    Attributes:
        time_zone: Of a session that sets none.
        now: The server's clock, in UTC.
        connections: How many sessions of clients there are, this one included.
        most_connections: How many there can be for ordinary users.
    """

    time_zone: str
    now: datetime
    connections: int
    most_connections: int


def server(transaction: Transaction) -> Server:
    """Returns the server's time zone, clock and connections."""
    row = transaction.one(
        """
        SELECT (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS time_zone, {now} AS now,
            (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
            current_setting('max_connections')::int
                - current_setting('superuser_reserved_connections')::int AS most_connections
        """
    )
    return Server(**(row or {}))


def relations(transaction: Transaction) -> set[str]:
    """Returns the tables, columns (`Table.column`) and indexes of the schemas in use."""
    schemas = {names().place(table, transaction.schema)[0] for table in TABLES}
    rows = transaction.all(
        """
        WITH here AS (
            SELECT c.oid, c.relname::text AS name FROM pg_class AS c
            WHERE (%(search_path)s AND pg_table_is_visible(c.oid)) OR c.relnamespace::regnamespace::text = ANY(
                SELECT quote_ident(name) FROM unnest(%(schemas)s::text[]) AS name
            )
        )
        SELECT name FROM here
        UNION ALL
        SELECT concat(name, '.', attname) FROM here JOIN pg_attribute ON attrelid = oid
        WHERE attnum > 0 AND NOT attisdropped
        """,
        {"search_path": None in schemas, "schemas": [schema for schema in schemas if schema]},
    )
    return {row["name"] for row in rows}


def stuck_runs(transaction: Transaction) -> list[str]:
    """Returns the domains of websites whose run is stalled, or was never taken up, or that run without a run."""
    rows = transaction.all(
        """
        SELECT COALESCE(w.{domain}, w.{id}) AS domain FROM {website} AS w
        LEFT JOIN {run} AS r ON r."id" = w.{sync_run_id} AND r."status" IN ('QUEUED', 'RUNNING')
        WHERE w.{auto_upload_status} = 'RUNNING' AND CASE r."status"
            WHEN 'RUNNING' THEN r."heartbeatAt" < {now} - make_interval(mins => %(lease)s)
            WHEN 'QUEUED' THEN
                COALESCE(r."heartbeatAt", r."queuedAt") < {now} - make_interval(mins => %(adoption)s + %(lease)s)
            ELSE w.{updated_at} < {now} - make_interval(mins => %(lease)s) END
        ORDER BY 1
        """,
        {"lease": LEASE_MINUTES, "adoption": ADOPTION_MINUTES},
    )
    return [row["domain"] for row in rows]


def last_scheduled(transaction: Transaction) -> datetime | None:
    """Returns when the schedule last claimed a website, in UTC."""
    row = transaction.one("""SELECT max("queuedAt") AS queued_at FROM {run} WHERE "trigger" = 'schedule'""")
    return row["queued_at"] if row else None


def repeated_emails(transaction: Transaction, website_id: str) -> int:
    """Returns how many e-mails of the website have several customers."""
    row = transaction.one(
        """
        SELECT count(*)::int AS emails FROM (
            SELECT FROM {customer} WHERE {website_id} = %s GROUP BY lower({email}) HAVING count(*) > 1
        ) AS repeated
        """,
        [website_id],
    )
    return row["emails"] if row else 0
