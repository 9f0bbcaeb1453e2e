"""The packages of the layer and the runtime."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from local import packages
from local.errors import LocalStackError
from local.packages import PackageFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageFolder:
    """Makes a folder without packages the only one, so that nothing is downloaded."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# none\n")
    folder = PackageFolder(tmp_path / "build" / "layer", requirements)
    monkeypatch.setattr(packages, "PROJECT", tmp_path)
    monkeypatch.setattr(packages, "FOLDERS", (folder,))
    monkeypatch.setattr(packages, "READY", tmp_path / "build" / "ready")
    return folder


def test_the_packages_are_built_once(folder: PackageFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main() == 0
    assert folder.is_current
    assert packages.READY.exists()
    assert "once" in capsys.readouterr().err
    built = folder.folder.stat().st_ino

    assert packages.main() == 0
    assert folder.folder.stat().st_ino == built
    assert capsys.readouterr().err == ""


def test_other_requirements_or_another_interpreter_cause_a_clean_build(
    folder: PackageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages.build()
    leftover = folder.folder / "leftover.py"
    leftover.touch()
    folder.requirements.write_text("# still none\n")
    assert not folder.is_current

    packages.build()
    assert folder.is_current
    assert not leftover.exists()

    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    assert not folder.is_current


def wheel(folder: Path) -> Path:
    """Creates a package that needs no download."""
    path = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", "WORD = 'tiny'\n")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return path


def test_a_package_without_a_hash_is_refused(
    tmp_path: Path, folder: PackageFolder, capfd: pytest.CaptureFixture[str]
) -> None:
    package = wheel(tmp_path)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    folder.requirements.write_text(f"tiny @ {package.as_uri()} --hash=sha256:{digest}\n")
    assert packages.main() == 0
    assert (folder.folder / "tiny.py").exists()

    folder.requirements.write_text(f"tiny @ {package.as_uri()}\n")
    assert packages.main() == 1
    assert "packages of requirements.txt cannot be installed" in capfd.readouterr().err
    assert (folder.folder / "tiny.py").exists()  # the old folder stays, without a temporary one
    assert [entry.name for entry in folder.folder.parent.iterdir() if entry.name != "ready"] == ["layer"]


def test_a_layer_that_is_not_built_is_an_error(folder: PackageFolder) -> None:
    assert not folder.is_current
    with pytest.raises(LocalStackError, match=r"python -m local\.packages"):
        packages.layer_folders()
