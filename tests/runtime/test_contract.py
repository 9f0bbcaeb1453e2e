"""The running API keeps to its OpenAPI document, whatever callers send."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from magento_sync.api.models.field_types import WEBSITE_ID
from tests.support.operations import document, operations
from tests.support.proof import WHOLE

if TYPE_CHECKING:
    from tests.support.contract import Api
    from tests.support.operations import Json

SUPPORT = Path(__file__).parents[1] / "support"
OPERATIONS = operations()
SEED = 20261124
CONFIGURATION = "schemathesis.toml" if WHOLE else "schemathesis_sample.toml"
MIN_CASES = 2500 if WHOLE else 200


def test_schemathesis_finds_no_failure(api: Api, tmp_path: Path) -> None:
    """For every operation and check, with the document's examples and with generated valid and invalid requests."""
    (tmp_path / "openapi.json").write_text(json.dumps(_with_known_values(document(), api)), "utf-8")

    completed = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("--config-file", str(SUPPORT / CONFIGURATION), "run", "openapi.json", "--url", api.url),
            *("--seed", str(SEED), "--workers", "2"),
            *("--report", "json", "--report-json-path", "report.json"),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_checks", "PYTHONPATH": str(SUPPORT), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert completed.returncode == 0, completed.stdout + completed.stderr
    cases = re.search(r"([0-9]+) generated, ([0-9]+) passed", completed.stdout)
    assert cases is not None
    assert int(cases[1]) == int(cases[2]) >= MIN_CASES
    assert f"Tested: {len(OPERATIONS)}" in completed.stdout


def _with_known_values(schema: Json, api: Api) -> Json:
    """Returns the document with the statuses and cursors of this database, which no schema can describe."""
    for operation in OPERATIONS:
        description = schema["paths"][operation.path][operation.method.lower()]
        for parameter in description["parameters"]:
            if parameter["name"] == "status":
                parameter["schema"] = {"type": "string", "enum": ["PENDING", "SENT", "FAILED"]}
            if parameter["name"] == "cursor":
                cursor = api.get(operation, limit="1").json()["nextCursor"]
                parameter["schema"] = {"type": "string", "enum": [cursor]}
                description["x-cursor-filters"] = operation.query(WEBSITE_ID)
    return schema
