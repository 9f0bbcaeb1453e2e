"""The local stack with a JWT authorizer and the data of the OpenAPI document's examples."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import requests
from psycopg.rows import dict_row

from local.packages import build
from local.stack import Stack
from magento_sync.api.models.examples import RUN_ID
from magento_sync.api.models.field_types import WEBSITE_ID
from tests.support.app import App

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.operations import Operation

TOKENS: dict[str, dict[str, Any]] = {"everything": {"scope": "magento-sync/read magento-sync/write"}}


@dataclass(frozen=True)
class Api:
    """The running API."""

    url: str

    def get(self, operation: Operation, **query: str) -> requests.Response:
        """Calls an operation about the website of the examples."""
        return requests.get(
            self.url + operation.path,
            params={**operation.query(WEBSITE_ID), **query},
            headers={"Authorization": "Bearer everything"},
            timeout=30,
        )


@contextmanager
def running_api(folder: Path, database_url: str) -> Iterator[Api]:
    """Runs the stack on a migrated database."""
    build()
    parameters = {"JwtIssuer": "https://issuer.example", "JwtAudience": "app", "AllowedOrigins": "https://app.example"}
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as rows,
        Stack(folder, parameters=parameters, database_url=database_url, claims_of=TOKENS.get) as stack,
    ):
        _fill(App(rows))
        yield Api(stack.api_url)


def _fill(app: App) -> None:
    """Adds the examples' website, with customers, runs and a quarantined order, and another website.

    They have no shop: syncs fail at once.
    """
    app.add_website("own.example", id=WEBSITE_ID)
    app.add_website("other.example")
    for number in range(30):
        app.add_customer(WEBSITE_ID, f"own{number}@example.com", status="SENT" if number % 2 else "PENDING")
    for run, status in ((RUN_ID, "COMPLETED"), ("own-run", "RUNNING")):
        app.rows.execute(
            """INSERT INTO "MagentoSyncRun"
                ("id", "websiteId", "shop", "trigger", "status", "queuedAt", "heartbeatAt", "finishedAt")
            VALUES (%s, %s, 'own', 'manual', %s, now(), now(), CASE WHEN %s = 'COMPLETED' THEN now() END)""",
            [run, WEBSITE_ID, status, status],
        )
    app.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "reasonCode", "recordedAt")
        VALUES (%s, 7, 'failed', 'ORDER_DAMAGED', now())""",
        [WEBSITE_ID],
    )
