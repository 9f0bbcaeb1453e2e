"""Child processes that never outlive this one."""

from __future__ import annotations

import shutil
import subprocess
import threading
from concurrent.futures import Future
from functools import cache
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

KILL_AFTER = 10.0
"""Seconds that a process has to end by itself once it was asked to."""

_Request = tuple["Future[subprocess.Popen[bytes]]", list[str], dict[str, Any]]


def spawn(  # noqa: PLR0913 - what Popen itself has to be told
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    output: IO[bytes] | int,
    folder: Path | None = None,
    death_signal: str = "KILL",
    user: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that Ctrl-C reaches it only by way of this one.

    Args:
        command: The program and its arguments.
        environment: All of its environment.
        output: Where its standard output and error go.
        folder: Its working folder.
        death_signal: What the kernel sends it when this process dies without a word (on Linux, by `setpriv`).
        user: User and group id to run as, if not ours.

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
    started: Future[subprocess.Popen[bytes]] = Future()
    _requests().put((started, [*_tied_to_parent(death_signal), *command], options))
    return started.result()


def stop(process: subprocess.Popen[bytes], signal_number: int, *, patience: float = KILL_AFTER) -> None:
    """Sends the signal, waits until the process has ended, and kills it when `patience` (seconds) runs out."""
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@cache
def _setpriv() -> str | None:
    """The path of a `setpriv` that knows `--pdeathsig`; busybox has one that does not."""
    path = shutil.which("setpriv")
    if path is None:
        return None
    tried = subprocess.run([path, "--pdeathsig", "KILL", "--", "true"], capture_output=True, check=False)
    return path if tried.returncode == 0 else None


def _tied_to_parent(death_signal: str) -> list[str]:
    path = _setpriv()
    return [path, "--pdeathsig", death_signal, "--"] if path else []


def _start(command: list[str], options: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, **options)


@cache
def _requests() -> SimpleQueue[_Request]:
    """The queue of a thread that starts all processes.

    The kernel's "parent" is the thread that forked: a process started by a request's thread would end with it.
    """
    requests: SimpleQueue[_Request] = SimpleQueue()

    def serve() -> None:
        while True:
            started, command, options = requests.get()
            try:
                started.set_result(_start(command, options))
            except BaseException as error:  # noqa: BLE001 - belongs to whoever asked
                started.set_exception(error)

    threading.Thread(target=serve, name="spawner", daemon=True).start()
    return requests
