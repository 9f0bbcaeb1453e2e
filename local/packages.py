"""Builds the packages of the layer and of Lambda's runtime for this machine: `python -m local.packages`.

On AWS `sam build` builds the layer; its folder has the same structure here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build" / "local"
READY = BUILD / "ready"
"""make compares its time with that of the requirements."""
LAYER_SOURCE = PROJECT / "layers" / "common"
LAYER = BUILD / "layer" / "python"
RUNTIME = BUILD / "runtime"
STAMP = ".built-for"
SECONDS_BETWEEN_DOTS = 3


@dataclass(frozen=True)
class PackageFolder:
    """A folder of the packages that a file pins and hashes."""

    folder: Path
    requirements: Path

    @property
    def purpose(self) -> str:
        """The interpreter, the platform and the list that the folder must be built for."""
        digest = hashlib.sha256(self.requirements.read_bytes()).hexdigest()
        return f"{sys.implementation.cache_tag} {sysconfig.get_platform()} {digest}\n"

    @property
    def is_current(self) -> bool:
        """Whether it is built for this purpose."""
        try:
            return (self.folder / STAMP).read_text("utf-8") == self.purpose
        except FileNotFoundError:
            return False

    def build(self) -> None:
        """Installs the packages in a temporary folder and replaces the folder when they are complete.

        Raises:
            LocalStackError: pip failed; its messages are on standard error.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=self.folder.parent, ignore_cleanup_errors=True) as folder:
            made = Path(folder) / self.folder.name
            arguments = ["install", "-qq", "--disable-pip-version-check", "--no-input", "--require-hashes"]
            arguments += ["--target", str(made), "--requirement", str(self.requirements)]
            installed = subprocess.run(
                [sys.executable, "-m", "pip", *arguments],
                check=False,
                # pip refuses --target if it is configured to install for the user.
                env={**os.environ, "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"},
            )
            if installed.returncode:
                raise LocalStackError(
                    f"The packages of {self.requirements.relative_to(PROJECT)} cannot be installed. "
                    "Check the connection to your package index, then run the same command again."
                )
            (made / STAMP).write_text(self.purpose, "utf-8")
            shutil.rmtree(self.folder, ignore_errors=True)
            made.rename(self.folder)


FOLDERS = (
    PackageFolder(LAYER, LAYER_SOURCE / "requirements.txt"),
    PackageFolder(RUNTIME, PROJECT / "requirements" / "runtime.txt"),
)


def build() -> None:
    """Builds the folders that are missing or built for another purpose.

    Raises:
        LocalStackError: A package cannot be installed, or a folder cannot be written.
    """
    try:
        READY.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(READY.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)  # of two commands at once, the second one waits
            _build_stale([folder for folder in FOLDERS if not folder.is_current])
        finally:
            os.close(folder)
        READY.touch()
    except OSError as error:
        raise LocalStackError(
            f"The folder {BUILD} cannot be written ({error.strerror}): make it writable for this user, or remove it."
        ) from error


def _build_stale(folders: Sequence[PackageFolder]) -> None:
    if not folders:
        return
    print("Building the functions' packages for this machine (once)…", file=sys.stderr, flush=True)
    with ThreadPoolExecutor() as pool:
        building = [pool.submit(folder.build) for folder in folders]
        while wait(building, SECONDS_BETWEEN_DOTS).not_done:
            print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        for built in building:
            built.result()


def layer_folders() -> tuple[Path, ...]:
    """Returns the folders that a function imports from: the layer's code, its packages, and the runtime.

    Raises:
        LocalStackError: They are not built for this interpreter.
    """
    if not all(folder.is_current for folder in FOLDERS):
        raise LocalStackError(
            "The functions' packages are not built for this interpreter: run `python -m local.packages`."
        )
    return LAYER_SOURCE, LAYER, RUNTIME


def main() -> int:
    """Builds the packages and returns the exit code."""
    try:
        build()
    except LocalStackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
