"""SSM and SQS by moto, in a process of its own: its data belongs to one stack and ends with it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Self

from local.errors import LocalStackError
from local.network import HOST, free_port
from local.processes import spawn, stop

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

START_SECONDS = 30.0
ATTEMPTS = 3
"""How many ports are tried: another program may take a free port before moto does."""


class MotoServer:
    """moto's server, within a `with` block; `wait` returns when it accepts calls.

    Raises:
        LocalStackError: The process cannot be started.
    """

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    @property
    def url(self) -> str:
        """The endpoint of all its services."""
        return f"http://{HOST}:{self._port}"

    def wait(self) -> None:
        """Waits until it accepts calls, which takes about a second.

        Raises:
            LocalStackError: It exits, or accepts no calls in time.
        """
        deadline = time.monotonic() + START_SECONDS
        for attempt in range(1, ATTEMPTS + 1):
            while time.monotonic() < deadline and self._process and self._process.poll() is None:
                if _accepts_connections(self._port):
                    return
                time.sleep(0.01)
            self._stop()
            if attempt < ATTEMPTS:
                self._start()
        raise LocalStackError(f"SSM and SQS (moto) did not start: see {self._log_file}.")

    def _start(self) -> None:
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        try:
            with self._log_file.open("wb") as log:
                self._process = spawn(
                    [sys.executable, "-m", "moto.server", "--host", HOST, "--port", str(self._port)],
                    # The settings of an AWS account on this machine must not reach it.
                    environment={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                    output=log,
                )
        except OSError as error:
            raise LocalStackError(f"SSM and SQS (moto) cannot be started: {error.strerror}.") from error

    def _stop(self) -> None:
        if self._process:
            stop(self._process, signal.SIGKILL)
            self._process = None


def _accepts_connections(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
