"""What the bench ran on."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from local.packages import PROJECT

if TYPE_CHECKING:
    from bench.scene import Scene

KILOBYTES_PER_GB = 1024 * 1024


def describe(scene: Scene) -> str:
    """Returns the machine and the versions in one sentence each."""
    version = scene.execute("SHOW server_version")[0][0]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"Machine: {os.cpu_count()} cores ({_processor()}), {_memory():.0f} GB of memory, {platform.system()} "
        f"{platform.machine()}; load averages at the end {load}. Python {platform.python_version()}, "
        f"PostgreSQL {version} with fsync, dlt {_pinned('dlt')}, requests {_pinned('requests')}, "
        f"psycopg {_pinned('psycopg')}."
    )


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else platform.processor() or "unknown"


def _memory() -> float:
    found = re.search(r"^MemTotal:\s*(\d+)", _read("/proc/meminfo"), re.MULTILINE)
    return int(found[1]) / KILOBYTES_PER_GB if found else 0


def _pinned(package: str) -> str:
    pins = (PROJECT / "requirements" / "bench.txt").read_text("utf-8")
    found = re.search(rf"^{package}==(\S+)", pins, re.MULTILINE)
    return found[1] if found else "unknown"


def _read(path: str) -> str:
    file = Path(path)
    return file.read_text("utf-8") if file.exists() else ""
