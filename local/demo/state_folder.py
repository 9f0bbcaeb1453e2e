"""The folder that keeps the database and the logs between runs of `make run`."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.errors import LocalStackError
from local.network import free_port, is_free

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Creates the folder if it is missing, and locks it within the block; the lock ends with this process.

    Raises:
        LocalStackError: Another process has locked it, or it cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise LocalStackError(
            f"The folder {folder} cannot be used ({error.strerror}): make it writable for this user, or remove it."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise LocalStackError(
                f"Another make run (process {lock.read().strip() or 'unknown'}) uses {folder}: stop it with Ctrl-C."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def api_port(folder: Path, wanted: int | None) -> int:
    """Returns the HTTP API's port and keeps it in the folder: the wanted one, else the last one, else a free one.

    Raises:
        LocalStackError: The wanted port is in use.
    """
    file = folder / "port"
    port = wanted or _last_port(file)
    if wanted and not is_free(wanted):
        raise LocalStackError(f"Port {wanted} is in use by another program: stop it, or choose another PORT.")
    if not port or not is_free(port):
        port = free_port()
    file.write_text(f"{port}\n", "utf-8")
    return port


def _last_port(file: Path) -> int:
    try:
        return int(file.read_text("utf-8"))
    except (OSError, ValueError):
        return 0
