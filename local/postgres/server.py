"""A PostgreSQL server for local use and tests.

It listens on 127.0.0.1 only and asks for no password, so it is not for production.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg
from psycopg import sql

from local.errors import LocalStackError
from local.network import HOST, free_port, is_free
from local.postgres.binaries import Binaries, find_binaries, plain_environment
from local.postgres.data import STOP_SECONDS, lock_status, prepare_data
from local.processes import spawn, stop

if TYPE_CHECKING:
    import subprocess

START_SECONDS = 60.0
"""Seconds until a start counts as failed; after a crash the server replays its log first."""
PORT_ATTEMPTS = 5
"""How many ports are tried: another program may take a free port before the server does."""


class PostgresServer:
    """A server with one data directory, which survives stop and start.

    Args:
        data_directory: The data, which is created if missing. The log is beside it, with `.log` appended.
        port: The port; None takes a free one.
        durable: Whether a commit waits for the disk; tests need no durability.
    """

    def __init__(self, data_directory: Path, port: int | None = None, *, durable: bool = True) -> None:
        self.data_directory = data_directory.absolute()
        self.log_file = self.data_directory.with_name(self.data_directory.name + ".log")
        self._wanted_port = port
        self._port = port
        self._durable = durable
        self._binaries: Binaries | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            LocalStackError: It is not started.
        """
        if self._port is None:
            raise LocalStackError("PostgreSQL is not running: start() it first.")
        return self._port

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str = "postgres") -> str:
        """Returns the URL of one of its databases."""
        return f"postgresql://postgres@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server and waits until it accepts connections; creates the data directory if it is missing.

        Raises:
            LocalStackError: No binaries, a port in use, or a data directory that cannot be created or used.
        """
        if self._process:
            return
        self._binaries = find_binaries()
        try:
            prepare_data(self.data_directory, self._binaries)
            self._run(self._binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the server by a fast shutdown: open transactions are rolled back, committed data is written to disk."""
        if self._process:
            stop(self._process, signal.SIGINT, seconds=STOP_SECONDS)
            self._process = None
        if self._binaries:
            self._binaries.close()
        self._port = self._wanted_port

    def create_database(self, name: str) -> None:
        """Creates an empty database.

        Raises:
            psycopg.Error: The name is in use, or the server does not run.
        """
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))

    def _run(self, binaries: Binaries) -> None:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            port = self._port = self._wanted_port or free_port()
            if not is_free(port):
                raise LocalStackError(f"Port {port} is in use by another program: stop it, or choose another port.")
            self._process = self._spawn(binaries, port)
            if self._is_ready(self._process):
                return
            stop(self._process, signal.SIGINT)
            self._process = None
            if is_free(port) or attempt == PORT_ATTEMPTS or self._wanted_port:
                break
        raise LocalStackError(f"PostgreSQL did not start; see {self.log_file}: {self._log_summary()}")

    def _spawn(self, binaries: Binaries, port: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            "logging_collector": "off",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with self.log_file.open("wb") as log:
            return spawn(
                [*binaries.identity.prefix, *binaries.command("postgres", "-D", str(self.data_directory), *options)],
                environment=plain_environment(),
                output=log,
                folder=Path("/"),
                death_signal="INT",
                user=binaries.identity.user,
            )

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if lock_status(self.data_directory) == (str(process.pid), "ready"):
                return True
            time.sleep(0.005)
        return False

    def _log_summary(self) -> str:
        lines = self.log_file.read_text("utf-8", "replace").split("\n")
        reasons = [line for line in lines if "FATAL" in line or "PANIC" in line] or list(filter(None, lines))
        return reasons[-1] if reasons else "(empty)"
