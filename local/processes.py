"""Child processes that never outlive this process."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

STOP_SECONDS = 10.0
"""Seconds that a process has to end after a signal, before it is killed."""


def spawn(  # noqa: PLR0913 - the options of Popen
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
    folder: Path | None = None,
    death_signal: str = "KILL",
    user: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that Ctrl-C does not reach it directly.

    Args:
        command: The program and its arguments.
        environment: All of its variables.
        output: Receives its standard output and error.
        folder: Its working folder.
        death_signal: The signal that the kernel sends it when this process is killed (on Linux, by `setpriv`).
        user: User and group id, if not those of this process.

    Raises:
        OSError: The program cannot be run.
    """
    options: dict[str, Any] = {
        "env": dict(environment),
        "stdin": subprocess.DEVNULL,
        "stdout": output,
        "stderr": subprocess.STDOUT,
        "cwd": folder,
        "start_new_session": True,
    }
    if user:
        options |= {"user": user[0], "group": user[1], "extra_groups": []}
    setpriv = _setpriv()
    tie = [setpriv, "--pdeathsig", death_signal, "--"] if setpriv else []
    return _spawner().submit(lambda: subprocess.Popen([*tie, *command], **options)).result()


def stop(process: subprocess.Popen[bytes], signal_number: int, *, seconds: float = STOP_SECONDS) -> None:
    """Sends the signal and waits for the end; kills the process after that many seconds."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@cache
def _spawner() -> ThreadPoolExecutor:
    """Returns the one thread that starts all processes.

    The death signal is bound to the thread that forks: a process would end with the request that started it.
    """
    return ThreadPoolExecutor(1, "spawner")


@cache
def _setpriv() -> str | None:
    """Returns the path of a `setpriv` with the option `--pdeathsig`, which busybox lacks."""
    path = shutil.which("setpriv")
    if path is None:
        return None
    tried = subprocess.run([path, "--pdeathsig", "KILL", "--", "true"], capture_output=True, check=False)
    return path if tried.returncode == 0 else None
