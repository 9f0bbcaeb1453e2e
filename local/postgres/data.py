"""A PostgreSQL data directory: created completely or not at all, and checked before use."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    from local.postgres.binaries import Binaries

STOP_SECONDS = 30.0
"""Seconds for a fast shutdown, which writes everything to disk."""
GRACE_SECONDS = 2.0
"""Seconds in which a server begins to stop after its parent process has died."""


def prepare_data(data: Path, binaries: Binaries) -> None:
    """Creates the directory, or checks that a server can start on it.

    Raises:
        LocalStackError: It cannot be created or used.
    """
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        version = _version(data)
        if version is None:
            _create(data, binaries)
            return
        owner = data.stat().st_uid
    except OSError as error:
        raise LocalStackError(
            f"The data directory {data} cannot be used ({error.strerror}): "
            "make it accessible to this user, or choose another folder."
        ) from error
    if version != binaries.major:
        raise LocalStackError(
            f"{data} was created by PostgreSQL {version}, this is {binaries.version}: "
            f"remove the folder to start afresh, or set PG_BINDIR to the bin folder of PostgreSQL {version}."
        )
    if owner != binaries.identity.owner:
        raise LocalStackError(
            f"{data} belongs to another user (id {owner}): remove the folder to start afresh, or run as that user."
        )
    data.chmod(0o700)  # a copy or a backup may have changed it, and a server then refuses to start
    _wait_for_predecessor(data)


def lock_status(data: Path) -> tuple[str, str]:
    """Returns the process id and the state in postmaster.pid: its first and eighth line, as `pg_ctl` reads them."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").split("\n")
    except FileNotFoundError:
        return "", ""
    return lines[0], lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 - the file's layout


def _version(data: Path) -> str | None:
    """Returns the major version of the data, or None if there is none yet."""
    try:
        return (data / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError:
        if data.is_dir() and any(data.iterdir()):
            raise LocalStackError(f"{data} contains no PostgreSQL data: remove it, or choose another folder.") from None
        return None


def _create(data: Path, binaries: Binaries) -> None:
    """Creates the data in a temporary folder and moves it: an interrupted start leaves no incomplete directory."""
    identity = binaries.identity
    with tempfile.TemporaryDirectory(prefix=data.name + ".new-", dir=data.parent, ignore_cleanup_errors=True) as folder:
        created = Path(folder) / "data"
        if identity.user:
            os.chown(folder, *identity.user)
        settings = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        initdb = identity.run(binaries.command("initdb", "--pgdata", str(created), *settings))
        if initdb.returncode:
            output = " ".join(initdb.stdout.split("\n")[-4:]).strip()
            raise LocalStackError(
                f"PostgreSQL cannot create its data directory {data}: free some disk space, "
                f"or choose a folder that this user can write to (initdb: {output})."
            )
        created.rename(data)


def _wait_for_predecessor(data: Path) -> None:
    """Waits for a server that is stopping, and removes the lock of a dead server whose id another program has now.

    PostgreSQL itself recognizes an unused id, but takes any process with that id for a server.

    Raises:
        LocalStackError: Another server uses this data.
    """
    started = time.monotonic()
    while True:
        pid, state = lock_status(data)
        if not pid:
            return
        try:
            # The working folder of a server is its data directory.
            is_server = Path(f"/proc/{int(pid)}/cwd").samefile(data)
        except (OSError, ValueError):
            return
        if not is_server:
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        if time.monotonic() - started > (STOP_SECONDS if state == "stopping" else GRACE_SECONDS):
            raise LocalStackError(f"A PostgreSQL server (process {pid}) already uses {data}: stop it first.")
        time.sleep(0.02)
