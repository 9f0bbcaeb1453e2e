"""The TypeScript client in `docs/client`: its types come from the OpenAPI document, and it works against the stack."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.rows import dict_row

from local.packages import PROJECT
from local.shop import Integration, Latency, Shop, ShopSettings, recorded_orders, recorded_stores
from local.stack import Stack
from tests.support.app import App
from tests.support.expected import expected_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLIENT = PROJECT / "docs" / "client"
FILES = ("package.json", "package-lock.json", "tsconfig.json", "magento-sync.ts")
# What the pages of docs/api.md leave to the app.
PRELUDE = """
declare function show(sentence: string, success: boolean): void;
declare function showProgress(done: number, total: number | null, imported: number): void;
declare function accessToken(): Promise<string>;
"""
INTEGRATION = Integration.named("client")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the client with the packages that it pins, and the types of the OpenAPI document."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("docs") / "client"
    folder.mkdir()
    for name in FILES:
        shutil.copy(CLIENT / name, folder)
    shutil.copy(PROJECT / "docs" / "openapi.json", folder.parent)
    if run(folder, "npm", "view", "typescript", "version").returncode:
        pytest.skip("the registry of npm cannot be reached")
    npm(folder, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    npm(folder, "run", "types")
    return folder


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def npm(folder: Path, *arguments: str) -> None:
    done = run(folder, "npm", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_client_and_the_code_of_the_docs_have_the_types_of_the_openapi_document(folder: Path) -> None:
    blocks = re.findall(r"```ts\n(.*?)```", (PROJECT / "docs" / "api.md").read_text(), re.DOTALL)
    (folder / "docs.ts").write_text("\n".join(blocks) + PRELUDE)

    npm(folder, "run", "check")

    assert len(blocks) > 3


def test_a_field_that_the_api_lacks_is_an_error_of_types(folder: Path) -> None:
    wrong = folder / "wrong.ts"
    wrong.write_text('import type { Run } from "./magento-sync";\nexport const f = (run: Run) => run.nothing;\n')
    try:
        done = run(folder, "npm", "run", "check")
    finally:
        wrong.unlink()

    assert done.returncode != 0
    assert "Property 'nothing' does not exist" in done.stdout


@pytest.fixture
def slow_shop() -> Iterator[Shop]:
    """A shop that takes a moment for each page."""
    shop = Shop(
        recorded_orders(),
        stores=recorded_stores({1: "https://mokken.example/", 2: "https://mokken.example/nl/"}),
        integrations=[INTEGRATION],
        settings=ShopSettings(latency=Latency(per_request=0.2)),
    )
    with shop.serving():
        yield shop


def test_the_client_starts_follows_and_stops_syncs(
    folder: Path, slow_shop: Shop, database_url: str, tmp_path: Path
) -> None:
    shutil.copy(PROJECT / "tests" / "support" / "follow.ts", folder)
    npm(folder, "exec", "tsc")
    parameters = {"AllowInsecureShops": "true", "PageSize": "5"}
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as rows,
        Stack(tmp_path, parameters=parameters, database_url=database_url) as stack,
    ):
        website = App(rows).add_website("mokken.example", magentoApiUrl=slow_shop.address)
        prefix = stack.template.function("site_sync").environment["CREDENTIALS_PREFIX"]
        stack.put_parameter(f"{prefix}/{website}", json.dumps(INTEGRATION.oauth))
        done = run(folder, "node", "build/follow.js", stack.api_url, website)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    counts, orders = seen["counts"], len(expected_outcomes("mokken.example"))
    assert counts == sorted(counts)
    assert len(set(counts)) > 3, "the progress is live"
    assert (counts[-1], seen["end"]["status"]) == (orders, "COMPLETED")
    assert seen["end"]["message"].endswith("new customers imported")
    assert (seen["sameRun"], seen["over"], seen["lastRun"]) == (True, True, True)
    assert seen["stopped"] in {"STOPPED", "COMPLETED"}
    assert seen["listed"] == [["mokken.example", True]]
    assert seen["found"] == 0
    assert seen["unknown"][:2] == [404, "WEBSITE_NOT_FOUND"]
    assert seen["gone"][:2] == [404, "RUN_NOT_FOUND"]
