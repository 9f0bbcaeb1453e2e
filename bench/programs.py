"""Runs the opponents in their own virtual environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.shops import INTEGRATION
from local.packages import PROJECT

if TYPE_CHECKING:
    from bench.scene import Scene

PYTHON = PROJECT / ".venv-bench" / "bin" / "python"
PROGRAMS = Path(__file__).parent / "opponents"
ALL = 10**9


def command(program: str, *arguments: object) -> list[str]:
    """Returns the command of an opponent's program."""
    return [str(PYTHON), str(PROGRAMS / f"{program}.py"), *map(str, arguments)]


def floor_command(shop: str, orders: int) -> list[str]:
    """Returns the command that only downloads."""
    return command("floor", shop, INTEGRATION.access_token, orders)


def loop_command(scene: Scene, shop: str, website_id: str, most: int = ALL, database_url: str = "") -> list[str]:
    """Returns the command of the brief's loop."""
    url = database_url or scene.database_url
    return command("loop", shop, INTEGRATION.access_token, url, website_id, most)


def dlt_command(scene: Scene, shop: str, dataset: str, database_url: str = "") -> list[str]:
    """Returns the command of dlt, which loads into a schema of its own."""
    # dlt insists on a password; the local server asks for none.
    url = (database_url or scene.database_url).replace("postgres@", "postgres:none@")
    return command("dlt_pipeline", shop, json.dumps(INTEGRATION.oauth), url, dataset, scene.folder / "dlt")


def run_program(arguments: list[str]) -> dict[str, Any]:
    """Runs an opponent to its end and returns what it prints.

    Raises:
        CalledProcessError: It failed; its messages are on standard error.
    """
    done = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True)
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed
