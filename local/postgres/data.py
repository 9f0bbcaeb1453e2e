"""A PostgreSQL data directory: made whole or not at all, and used only if it is safe to."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    from local.postgres.binaries import Binaries

STOP_PATIENCE = 30.0
"""Seconds for a fast shutdown, which writes everything to disk."""
GRACE = 2.0
"""Seconds in which a server whose owner just died notices that and begins to stop."""


def prepare_data(data: Path, binaries: Binaries) -> None:
    """Makes the directory where there is none; otherwise sees to it that a server can start on it.

    Raises:
        LocalStackError: It cannot be made or used; the text says why, and what to do.
    """
    try:
        data.parent.mkdir(parents=True, exist_ok=True)
        made_by = _made_by(data)
        if made_by is None:
            _make(data, binaries)
            return
        owner = data.stat().st_uid
    except OSError as error:
        raise LocalStackError(
            f"The data directory {data} cannot be used ({error.strerror}): "
            "make it accessible to this user, or choose another folder."
        ) from error
    if made_by != binaries.major:
        raise LocalStackError(
            f"{data} was made by PostgreSQL {made_by}, this is {binaries.version}: "
            f"remove the folder to start afresh, or name the bin folder of PostgreSQL {made_by} in PG_BINDIR."
        )
    if owner != binaries.identity.owner:
        raise LocalStackError(
            f"{data} belongs to another user (id {owner}): remove the folder to start afresh, or run as that user."
        )
    _wait_for_predecessor(data)


def lock_status(data: Path) -> tuple[str, str]:
    """The process id and the state in postmaster.pid: its first and eighth line, as `pg_ctl` reads them."""
    try:
        lines = (data / "postmaster.pid").read_text("utf-8").split("\n")
    except FileNotFoundError:
        return "", ""
    return lines[0], lines[7].strip() if len(lines) > 7 else ""  # noqa: PLR2004 - the file's layout


def _made_by(data: Path) -> str | None:
    """The major version that made the data; None where there is none yet."""
    try:
        return (data / "PG_VERSION").read_text("ascii").strip()
    except FileNotFoundError:
        if data.is_dir() and any(data.iterdir()):
            raise LocalStackError(f"{data} holds no PostgreSQL data: remove it, or choose another folder.") from None
        return None


def _make(data: Path, binaries: Binaries) -> None:
    """Makes the data beside its place and moves it there whole: an interrupted start leaves nothing half-made."""
    identity = binaries.identity
    with tempfile.TemporaryDirectory(prefix=data.name + ".new-", dir=data.parent, ignore_cleanup_errors=True) as folder:
        made = Path(folder) / "data"
        if identity.user:
            os.chown(folder, *identity.user)
        settings = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        tried = identity.run(binaries.command("initdb", "--pgdata", str(made), *settings))
        if tried.returncode:
            last_words = " ".join(tried.stdout.split("\n")[-4:]).strip()
            raise LocalStackError(
                f"PostgreSQL could not make its data directory {data}: free some disk space there "
                f"or choose a folder that this user can write to (initdb said: {last_words})."
            )
        made.rename(data)


def _wait_for_predecessor(data: Path) -> None:
    """Lets a server that still shuts down finish, and removes the lock of one whose id another program has now.

    PostgreSQL sees by itself that an id is out of use, but takes any process of that id for a server.

    Raises:
        LocalStackError: Another server runs on this data.
    """
    began = time.monotonic()
    while True:
        pid, state = lock_status(data)
        if not pid:
            return
        try:
            # A server's working folder is its data directory.
            is_server = Path(f"/proc/{int(pid)}/cwd").samefile(data)
        except (OSError, ValueError):
            return
        if not is_server:
            (data / "postmaster.pid").unlink(missing_ok=True)
            return
        if time.monotonic() - began > (STOP_PATIENCE if state == "stopping" else GRACE):
            raise LocalStackError(f"A PostgreSQL server (process {pid}) already uses {data}: stop that one first.")
        time.sleep(0.02)
