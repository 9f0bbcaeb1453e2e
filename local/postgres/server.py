"""A PostgreSQL server of our own, from the binaries of a wheel or of this machine.

It listens on 127.0.0.1 only and trusts whoever connects there: fit for trying and testing, for nothing else.
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
from local.postgres.data import STOP_PATIENCE, lock_status, prepare_data
from local.processes import spawn, stop

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType

START_PATIENCE = 60.0
"""Seconds until a start counts as failed; after a crash it replays its log first."""
PORT_ATTEMPTS = 5
"""How many free ports are tried: between choosing one and using it another program may take it."""


class PostgresServer:
    """One server for one data directory; what it holds survives stop and start.

    Args:
        data_directory: Where the data is, or will be made. Its log lies beside it, with `.log` added.
        port: The port to use; a free one if None.
        durable: Whether a commit waits for the disk. False is for tests, whose data nobody will miss.
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def version(self) -> str:
        """The server's version, such as `18.4`.

        Raises:
            LocalStackError: It was not started yet.
        """
        if self._binaries is None:
            raise LocalStackError("PostgreSQL is not running: start() it first.")
        return self._binaries.version

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            LocalStackError: It has none yet, because it was not started.
        """
        if self._port is None:
            raise LocalStackError("PostgreSQL is not running: start() it first.")
        return self._port

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@{HOST}:{self.port}/{database}"

    def start(self) -> None:
        """Makes the data directory where there is none, and returns when the server takes connections.

        Raises:
            LocalStackError: No binaries, port taken, or a data directory that cannot be made or used.
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
        """Ends the server by a fast shutdown: open transactions are rolled back, committed ones are on disk."""
        if self._process:
            stop(self._process, signal.SIGINT, patience=STOP_PATIENCE)
            self._process = None
        if self._binaries:
            self._binaries.close()
        self._port = self._wanted_port

    def create_database(self, name: str) -> None:
        """Makes an empty database.

        Raises:
            psycopg.Error: There is one of that name, or the server does not run.
        """
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))

    def _run(self, binaries: Binaries) -> None:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            port = self._port = self._wanted_port or free_port()
            if not is_free(port):
                raise LocalStackError(f"Port {port} is in use by another program: stop it, or choose another port.")
            self._process = self._spawn(binaries, port)
            if self._came_up(self._process):
                return
            stop(self._process, signal.SIGINT)
            self._process = None
            if is_free(port) or attempt == PORT_ATTEMPTS or self._wanted_port:
                break
        raise LocalStackError(f"PostgreSQL did not start; {self.log_file} says why: {self._last_words()}")

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

    def _came_up(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if lock_status(self.data_directory) == (str(process.pid), "ready"):
                return True
            time.sleep(0.005)
        return False

    def _last_words(self) -> str:
        lines = self.log_file.read_text("utf-8", "replace").split("\n")
        told = [line for line in lines if "FATAL" in line or "PANIC" in line] or [line for line in lines if line][-1:]
        return told[-1] if told else "(nothing)"
