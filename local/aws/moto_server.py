"""SSM and SQS by moto, in a process of its own: its state is one stack's and ends with it."""

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

START_PATIENCE = 30.0
PORT_ATTEMPTS = 3


class MotoServer:
    """moto's server, from `start()` to `close()`.

    Args:
        log_file: What it says of each call.
    """

    def __init__(self, log_file: Path) -> None:
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The endpoint of all its services."""
        return f"http://{HOST}:{self._port}"

    def start(self) -> None:
        """Begins the start, which takes about a second; `wait()` for its end.

        Raises:
            LocalStackError: The process cannot be started.
        """
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        self._port = free_port()
        try:
            with self._log_file.open("wb") as log:
                self._process = spawn(
                    [sys.executable, "-m", "moto.server", "--host", HOST, "--port", str(self._port)],
                    # An account's settings on this machine are none of its business.
                    environment={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                    output=log,
                )
        except OSError as error:
            raise LocalStackError(f"SSM and SQS (moto) could not be started: {error.strerror}.") from error

    def wait(self) -> None:
        """Returns when it takes calls.

        Raises:
            LocalStackError: It ended or does not answer.
        """
        deadline = time.monotonic() + START_PATIENCE
        for attempt in range(1, PORT_ATTEMPTS + 1):
            while time.monotonic() < deadline and self._process and self._process.poll() is None:
                if _listens(self._port):
                    return
                time.sleep(0.01)
            self.close()
            if attempt < PORT_ATTEMPTS:  # another program may have taken the port meanwhile
                self.start()
        self.close()
        raise LocalStackError(f"SSM and SQS (moto) did not start: {self._log_file} says why.")

    def close(self) -> None:
        """Ends it with all it holds."""
        if self._process:
            stop(self._process, signal.SIGKILL)
            self._process = None


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0
