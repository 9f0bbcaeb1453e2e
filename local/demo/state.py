"""The folder that keeps database and logs from one `make run` to the next, for one of them at a time."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def state_for_us_alone(folder: Path) -> Iterator[None]:
    """Makes the folder where there is none, and keeps others out until the end of the block.

    The kernel lets go of the lock when this process dies, however it does.

    Raises:
        LocalStackError: Another process has it, or it cannot be used.
    """
    place = folder / "lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = place.open("a+", encoding="utf-8")
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
                f"Another `make run` (process {lock.read().strip() or 'unknown'}) works in {folder}: "
                "end that one first, with Ctrl-C where it runs."
            ) from error
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
