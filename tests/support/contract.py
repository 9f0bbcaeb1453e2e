"""The local stack with tokens, two tenants and their data, for tests that call every route of the API's document."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import requests
from psycopg.rows import dict_row

from local.openapi.document import DOCUMENT
from local.packages import build
from local.stack import Stack
from magento_sync.api.models.examples import RUN_ID, WEBSITE_ID
from tests.support.app import App

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = Any  # a JSON document's tree
ORIGIN = "https://app.example"
FOREIGN = "foreign"
"""Stands in everything that belongs to the other tenant, its ids included."""
SCOPES = {"scope": "magento-sync/read magento-sync/write"}
TOKENS: dict[str, dict[str, Any]] = {
    "everything": SCOPES,
    "reader": {"scope": "magento-sync/read"},
    "limited": {**SCOPES, "websites": WEBSITE_ID},
    "limited-by-a-list": {**SCOPES, "websites": [WEBSITE_ID, "another"]},
    "limited-to-nothing": {**SCOPES, "websites": ""},
}


@dataclass(frozen=True)
class Operation:
    """One call of the document."""

    method: str
    path: str
    told: Json = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def scope(self) -> str:
        """What a token must hold."""
        return str(self.told["security"][0]["jwt"][0])

    def parameters(self, place: str) -> dict[str, Json]:
        """The schemas of the parameters there, by name."""
        return {one["name"]: one["schema"] for one in self.told.get("parameters", []) if one["in"] == place}


def document() -> Json:
    """The API's document as it is committed."""
    return json.loads(DOCUMENT.read_text("utf-8"))


def operations() -> list[Operation]:
    """Every call of the document, so that a new one cannot be forgotten."""
    return [
        Operation(method.upper(), path, told)
        for path, methods in document()["paths"].items()
        for method, told in methods.items()
    ]


@dataclass(frozen=True)
class Api:
    """The running API and its database."""

    url: str
    app: App

    def call(
        self,
        operation: Operation,
        *,
        token: str = "everything",  # noqa: S107 - a name
        website: str = WEBSITE_ID,
        run: str = RUN_ID,
        query: dict[str, str] | str | None = None,
    ) -> requests.Response:
        """Makes a call about a website or a run; what it need not be given it is not."""
        path = operation.path.replace("{runId}", run)
        assert not re.search(r"[{}]", path), "teach this method the new place in a path"
        body = None
        if "requestBody" in operation.told:
            name = operation.told["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            body = {**document()["components"]["schemas"][name]["examples"][0], "websiteId": website}
        given = {"websiteId": website} if "websiteId" in operation.parameters("query") else {}
        return requests.request(
            operation.method,
            self.url + path,
            params=given if query is None else query,
            json=body,
            headers={"Authorization": f"Bearer {token}", "Prefer": "respond-async"},
            timeout=30,
        )


@contextmanager
def running_api(folder: Path, database_url: str) -> Iterator[Api]:
    """The stack with a JWT authorizer, on a database that is migrated already."""
    build()
    parameters = {"JwtIssuer": "https://issuer.example", "JwtAudience": "app", "AllowedOrigins": ORIGIN}
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as rows,
        Stack(folder, parameters=parameters, database_url=database_url, claims_of=TOKENS.get) as stack,
    ):
        app = App(rows)
        _fill(app)
        yield Api(stack.api_url, app)


def _fill(app: App) -> None:
    """Two tenants: the one of the document's examples, and a foreign one. The first has no shop: its syncs fail at once."""
    app.add_website("own.example", id=WEBSITE_ID)
    app.add_website("off.example", enabled=False)
    app.add_website("busy.example", magentoAutoUploadStatus="RUNNING")
    # Off, so that nothing changes there by itself.
    app.add_website(f"{FOREIGN}.example", enabled=False, id=FOREIGN, magentoSyncStatus=f"failed: {FOREIGN}")
    for website, name in ((WEBSITE_ID, "own"), (FOREIGN, FOREIGN)):
        for number in range(30):
            app.add_customer(website, f"{name}{number}@example.com", status="SENT" if number % 2 else "PENDING")
    for website, run, status in (
        (WEBSITE_ID, RUN_ID, "COMPLETED"),
        (WEBSITE_ID, "own-run", "RUNNING"),
        (FOREIGN, f"{FOREIGN}-run", "COMPLETED"),
    ):
        app.rows.execute(
            """INSERT INTO "MagentoSyncRun" ("id", "websiteId", "shop", "trigger", "status", "queuedAt", "heartbeatAt", "finishedAt")
            VALUES (%s, %s, %s, 'manual', %s, now(), now(), CASE WHEN %s = 'COMPLETED' THEN now() END)""",
            [run, website, website, status, status],
        )
    app.rows.execute(
        """INSERT INTO "MagentoSyncOrder" ("websiteId", "orderId", "outcome", "reasonCode", "recordedAt")
        VALUES (%s, 7, 'failed', 'ORDER_DAMAGED', now()), (%s, 8, 'failed', 'ORDER_DAMAGED', now())""",
        [WEBSITE_ID, FOREIGN],
    )
