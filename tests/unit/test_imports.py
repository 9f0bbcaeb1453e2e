"""What functions import: syncs start without what only the API needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported_by(function: str) -> set[str]:
    """The top-level modules that are loaded once a function's module has been imported, as at a cold start."""
    program = "import app, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    paths = [str(ROOT / "functions" / function), str(ROOT / "layers" / "common")]
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(paths), "POWERTOOLS_SERVICE_NAME": "magento-sync"},
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("function", ["site_sync", "cron_fanout"])
def test_syncs_do_not_load_pydantic(function: str) -> None:
    """It takes a tenth of a second."""
    modules = imported_by(function)

    assert "magento_sync" in modules
    assert "pydantic" not in modules


def test_the_api_does() -> None:
    assert "pydantic" in imported_by("manual_sync")
