"""The operator's command on the local stack: real functions, real SQS and SSM calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from local.packages import build
from local.shop import Integration, Shop, ShopSettings, recorded_orders, recorded_stores
from local.stack import Stack
from tests.support.app import App

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
INTEGRATION = Integration.named("sync")


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop(
        recorded_orders(),
        stores=recorded_stores({1: "https://mokken.example/"}),
        integrations=[INTEGRATION],
        settings=ShopSettings(bearer_allowed=True),
    )
    with made.serving():
        yield made


def ops(folder: Path, *arguments: str, given: str = "") -> tuple[int, Any]:
    """Returns the exit code and the JSON of the command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "DATABASE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "ops", *arguments, "--local", "--json"],
        cwd=folder,
        env={**environment, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "common")])},
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def test_a_website_is_set_up_and_synced_by_commands_alone(tmp_path: Path, database_url: str, shop: Shop) -> None:
    build()
    with (
        psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as rows,
        Stack(tmp_path / ".local", parameters={"AllowInsecureShops": "true"}, database_url=database_url) as stack,
    ):
        app = App(rows)
        website = app.add_website("mokken.example", magentoApiUrl=shop.address)
        assert ops(tmp_path, "credentials", "set", website, given=json.dumps(INTEGRATION.oauth))[0] == 0

        code, (rehearsed,) = ops(tmp_path, "run", website, "--dry-run")
        assert (code, app.customers(website)) == (0, [])

        code, (synced,) = ops(tmp_path, "run", "--all")
        assert (code, synced["status"]) == (0, "COMPLETED")
        assert synced["importedCustomers"] == rehearsed["importedCustomers"] == len(app.customers(website)) > 0

        code, found = ops(tmp_path, "doctor", website)
        assert [one for one in found["results"] if one["state"] != "ok"] == []
        assert code == 0

        (name,) = stack.template.queues.values()
        stack.queues.send(f"arn:aws:sqs:eu-west-1:123456789012:{name}", {"requestPayload": {"websiteId": website}})
        code, (failure,) = ops(tmp_path, "failures", "list")
        assert (code, failure["event"]["requestPayload"]["websiteId"]) == (1, website)

    missing = subprocess.run(
        [sys.executable, "-m", "ops", "status", "--local"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "common")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 1
    assert "make run" in missing.stderr
