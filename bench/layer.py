"""The layer as `make build` leaves it: packages, code and bytecode in one folder."""

from __future__ import annotations

import compileall
import shutil
from functools import partial
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

from bench.results import Part, Row
from local.packages import LAYER, LAYER_SOURCE

if TYPE_CHECKING:
    from pathlib import Path

MOST_MEGABYTES = 40
MEGABYTE = 1_000_000


def build_layer(folder: Path) -> Path:
    """Writes the layer into a folder and returns the folder that functions import from.

    The packages are those for this machine; on AWS they are those for arm64, which differ in their compiled parts.
    """
    layer = folder / "layer" / "python"
    shutil.rmtree(layer, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(LAYER, layer, ignore=ignore)
    shutil.copytree(LAYER_SOURCE, layer, ignore=ignore, dirs_exist_ok=True)
    compiled = partial(compileall.compile_dir, quiet=2, workers=0, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    compiled(layer)
    return layer


def measure_size(layer: Path) -> Part:
    """Measures the layer's size unzipped."""
    size = sum(file.stat().st_size for file in layer.rglob("*") if file.is_file()) / MEGABYTE
    return Part(
        [
            Row(
                "layer unzipped, with .pyc",
                f"{size:.1f} MB",
                f"at most {MOST_MEGABYTES} MB",
                size <= MOST_MEGABYTES,
            )
        ]
    )
