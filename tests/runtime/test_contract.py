"""The running API keeps what its document promises, for whatever callers send."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from magento_sync.api.models.examples import WEBSITE_ID
from tests.support.contract import Api, Json, document, operations

SUPPORT = Path(__file__).parents[1] / "support"
OPERATIONS = operations()
SEED = 20261124
FEWEST_CASES = 2500


def test_schemathesis_finds_nothing(api: Api, tmp_path: Path) -> None:
    """Every route, every check, from the document's own examples to what no caller would send."""
    told = _with_what_this_database_knows(document(), api)
    (tmp_path / "openapi.json").write_text(json.dumps(told), "utf-8")

    found = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(SUPPORT / "schemathesis.toml"), "run", "openapi.json", "--url", api.url),
            *("--seed", str(SEED), "--workers", "2"),
            *("--report", "json", "--report-json-path", "report.json"),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_checks", "PYTHONPATH": str(SUPPORT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert found.returncode == 0, found.stdout + found.stderr
    cases = re.search(r"([0-9]+) generated, ([0-9]+) passed", found.stdout)
    assert cases is not None
    assert int(cases[1]) == int(cases[2]) >= FEWEST_CASES
    assert f"Tested: {len(OPERATIONS)}" in found.stdout


def _with_what_this_database_knows(told: Json, api: Api) -> Json:
    """A status is one of the app's enum, and a cursor one that the API gave: no schema can say that of every app."""
    website = {"websiteId": WEBSITE_ID}
    for operation in OPERATIONS:
        written = told["paths"][operation.path][operation.method.lower()]
        for parameter in written["parameters"]:
            if parameter["name"] == "status":
                parameter["schema"] = {"type": "string", "enum": ["PENDING", "SENT", "FAILED"]}
            if parameter["name"] == "cursor":
                cursor = api.call(operation, query={**website, "limit": "1"}).json()["nextCursor"]
                parameter["schema"] = {"type": "string", "enum": [cursor]}
                written["x-cursor-belongs-to"] = website
    return told
