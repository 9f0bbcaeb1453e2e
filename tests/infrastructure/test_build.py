"""The result of `make build`: for Lambda's architecture, complete, and importable. CI builds first."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cloudformation import ROOT

LAYER = ROOT / ".aws-sam" / "build" / "CommonLayer" / "python"
AARCH64 = (183).to_bytes(2, "little")
"""`e_machine` of an ELF file, at offset 18."""
PURE_MODULES = (
    "sync.conversion",
    "messages",
    "settings",
    "magento.http.responses",
    "magento.client",
    "magento.stores",
    "sync.result",
)


def _sources(folder: Path) -> dict[Path, bytes]:
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.py")}


pytestmark = pytest.mark.skipif(
    _sources(LAYER / "magento_sync") != _sources(ROOT / "layers" / "common" / "magento_sync"),
    reason="the build is missing or out of date: run make build",
)


def test_every_compiled_file_is_for_arm64() -> None:
    compiled = [file for file in LAYER.rglob("*.so*") if file.is_file()]

    assert compiled
    assert [file.name for file in compiled if file.read_bytes()[18:20] != AARCH64] == []


def test_the_layer_contains_exactly_its_requirements() -> None:
    text = (ROOT / "layers" / "common" / "requirements.txt").read_text()
    # Packages for Windows only have a marker.
    wanted = {_normal(name) for name in re.findall(r"^([\w.-]+)(?:\[[^]]*])?==(?!.*win32)", text, re.MULTILINE)}
    present = {_normal(folder.name.split("-")[0]) for folder in LAYER.glob("*.dist-info")}

    assert present == wanted


def test_the_built_layer_imports() -> None:
    """The test imports pure Python modules: compiled packages are for another processor."""
    imports = "; ".join(f"import magento_sync.{name}" for name in PURE_MODULES)
    program = f"{imports}; import magento_sync; print(magento_sync.__file__)"

    # The runtime on AWS provides boto3, so modules that need it cannot be imported here.
    imported = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env={"PYTHONPATH": str(LAYER)}
    )

    assert Path(imported.stdout.strip()).is_relative_to(LAYER)


def test_the_layer_contains_bytecode() -> None:
    """Without bytecode every cold start compiles the layer."""
    assert any((LAYER / "magento_sync" / "__pycache__").glob("*.pyc"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
