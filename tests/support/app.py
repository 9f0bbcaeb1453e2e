"""The Next.js app, as far as tests need it: writes and reads as Prisma does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from magento_sync.db.cuid import new_cuid

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection

    Row = dict[str, Any]

APP_TABLES = Path(__file__).parents[2] / "database" / "app-tables.sql"


def make_app_tables(url: str) -> None:
    """Creates the app's tables in an empty database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(APP_TABLES.read_bytes())


@dataclass
class App:
    """Writes and reads the app's tables."""

    rows: Connection[Row]

    def add_website(self, domain: str = "shop.example", *, enabled: bool = True, **columns: object) -> str:
        """Adds a website and returns its id; `columns` have the app's names."""
        values = {"id": new_cuid(), "domain": domain, "magentoAutoUploadEnabled": enabled, **columns}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("%s" for _ in values)
        query = f'INSERT INTO "Website" ({names}, "updatedAt") VALUES ({marks}, now() AT TIME ZONE \'UTC\')'  # noqa: S608
        self.rows.execute(query.encode(), list(values.values()))
        return str(values["id"])

    def change_website(self, website_id: str, **columns: object) -> None:
        """Changes columns of a website, as its owner does."""
        names = ", ".join(f'"{name}" = %s' for name in columns)
        self.rows.execute(f'UPDATE "Website" SET {names} WHERE "id" = %s'.encode(), [*columns.values(), website_id])  # noqa: S608

    def add_customer(self, website_id: str, email: str, bought: datetime | None = None, status: str = "PENDING") -> str:
        """Adds a customer, as the app does, and returns its id."""
        customer_id = new_cuid()
        self.rows.execute(
            """INSERT INTO "Customer" ("id", "websiteId", "name", "email", "purchaseDate", "status", "updatedAt")
            VALUES (%s, %s, 'By the app', %s, %s, %s, now())""",
            [customer_id, website_id, email, bought, status],
        )
        return customer_id

    def website(self, website_id: str) -> Row:
        """Returns a website's row."""
        row = self.rows.execute('SELECT * FROM "Website" WHERE "id" = %s', [website_id]).fetchone()
        assert row is not None
        return row

    def customers(self, website_id: str) -> list[Row]:
        """Returns a website's customers in the order of their creation."""
        return self.rows.execute(
            'SELECT * FROM "Customer" WHERE "websiteId" = %s ORDER BY "createdAt", "id"', [website_id]
        ).fetchall()

    def emails(self, website_id: str) -> list[str]:
        """Returns the sorted e-mails of a website's customers."""
        return sorted(row["email"] for row in self.customers(website_id))

    def ledger(self, website_id: str) -> dict[int, str]:
        """Returns a website's outcomes by order id."""
        rows = self.rows.execute('SELECT * FROM "MagentoSyncOrder" WHERE "websiteId" = %s', [website_id]).fetchall()
        return {row["orderId"]: row["outcome"] for row in rows}

    def run(self, run_id: str) -> Row:
        """Returns a run's row."""
        row = self.rows.execute('SELECT * FROM "MagentoSyncRun" WHERE "id" = %s', [run_id]).fetchone()
        assert row is not None
        return row

    def runs(self, website_id: str) -> list[Row]:
        """Returns a website's runs, oldest first."""
        return self.rows.execute(
            'SELECT * FROM "MagentoSyncRun" WHERE "websiteId" = %s ORDER BY "queuedAt", "id"', [website_id]
        ).fetchall()

    def age(self, run_id: str, minutes: int) -> None:
        """Moves a run's times back by that many minutes."""
        self.rows.execute(
            """UPDATE "MagentoSyncRun" SET "queuedAt" = "queuedAt" - make_interval(mins => %(m)s),
            "heartbeatAt" = "heartbeatAt" - make_interval(mins => %(m)s),
            "retryAt" = "retryAt" - make_interval(mins => %(m)s)
            WHERE "id" = %(run)s""",
            {"m": minutes, "run": run_id},
        )

    def everything(self) -> str:
        """Returns the text of all rows of our own tables, in which tests search for personal data."""
        texts = []
        for table in ("MagentoSyncRun", "MagentoSyncOrder"):
            texts += self.rows.execute(f'SELECT to_jsonb(t) AS row FROM "{table}" AS t'.encode()).fetchall()  # noqa: S608
        return json.dumps(texts)
