"""The PostgreSQL launcher, with the wheel and with each installed version."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from local.errors import LocalStackError
from local.postgres import binaries as postgres_binaries
from local.postgres.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable

    Eventually = Callable[[Callable[[], Any]], Any]

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(params=["", *map(str, INSTALLED)], ids=lambda folder: Path(folder).parent.name or "wheel")
def binaries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PG_BINDIR", request.param)
    return str(request.param)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "data"


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a server with the database `app`."""
    data = tmp_path_factory.mktemp("pattern") / "data"
    with PostgresServer(data, durable=False) as server:
        server.create_database("app")
    return data


@pytest.fixture
def copied(pattern: Path, data: Path) -> Path:
    """Data like that of the pattern; a copy is quicker than initdb."""
    return shutil.copytree(pattern, data)


def value(server: PostgresServer, query: str) -> Any:  # noqa: ANN401 - any column
    with psycopg.connect(server.url("app")) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def kill(server: PostgresServer, eventually: Eventually) -> int:
    """Kills the server, waits for its children, which end soon after it, and returns its process id."""
    pid = server.pid
    assert pid is not None
    children = [Path("/proc", child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not any(child.exists() for child in children))
    return pid


def test_data_survives_stop_and_start(binaries: str, data: Path) -> None:
    with PostgresServer(data, durable=False) as server:
        server.create_database("app")
        value(server, "CREATE TABLE t AS SELECT 'é' AS word")

    with PostgresServer(data, durable=False) as server:
        assert value(server, "SELECT word FROM t") == "é"
        assert value(server, "SHOW server_encoding") == "UTF8"
        assert value(server, "SELECT lower('Ë')") == "ë"
        assert value(server, "SHOW server_version").startswith(Path(binaries).parent.name)


def test_data_whose_permissions_were_changed_is_used(copied: Path) -> None:
    copied.chmod(0o755)

    with PostgresServer(copied, durable=False) as server:
        assert value(server, "SELECT 1") == 1
    assert copied.stat().st_mode & 0o777 == 0o700


def test_data_survives_a_crash(copied: Path, eventually: Eventually) -> None:
    with PostgresServer(copied) as server:
        value(server, "CREATE TABLE t AS SELECT 1 AS n")
        kill(server, eventually)

    assert (copied / "postmaster.pid").exists()
    with PostgresServer(copied) as server:
        assert value(server, "SELECT n FROM t") == 1


def test_a_stale_lock_with_another_program_s_id_is_removed(copied: Path, eventually: Eventually) -> None:
    with PostgresServer(copied, durable=False) as server:
        old = kill(server, eventually)
    lock = copied / "postmaster.pid"
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        lock.write_text(lock.read_text().replace(str(old), str(other.pid), 1))
        try:
            with PostgresServer(copied, durable=False) as server:
                assert value(server, "SELECT 1") == 1
        finally:
            other.kill()


def test_the_server_listens_on_loopback_tcp_only(copied: Path) -> None:
    with PostgresServer(copied, durable=False) as server:
        assert value(server, "SHOW listen_addresses") == "127.0.0.1"
        assert value(server, "SHOW unix_socket_directories") == ""


def test_the_server_is_durable_by_default(copied: Path) -> None:
    for durable, fsync in ((True, "on"), (False, "off")):
        with PostgresServer(copied, durable=durable) as server:
            assert value(server, "SHOW fsync") == fsync


def test_a_given_port_is_used_or_reported_as_in_use(copied: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalStackError, match=f"Port {port} is in use by another program"):
            PostgresServer(copied, port).start()

    with PostgresServer(copied, port, durable=False) as server:
        assert server.url("x") == f"postgresql://postgres@127.0.0.1:{port}/x"


def test_a_second_server_on_the_same_data_is_refused(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.postgres.data.GRACE_SECONDS", 0)
    with (
        PostgresServer(copied, durable=False) as server,
        pytest.raises(LocalStackError, match=rf"\(process {server.pid}\) already uses"),
    ):
        PostgresServer(copied).start()


def test_data_of_another_version_is_refused(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")

    with pytest.raises(LocalStackError, match=r"was created by PostgreSQL 9\.6, this is .*PG_BINDIR"):
        PostgresServer(data).start()


def test_a_folder_with_other_files_is_refused(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "thesis.txt").touch()

    with pytest.raises(LocalStackError, match="contains no PostgreSQL data"):
        PostgresServer(data).start()
    assert [entry.name for entry in data.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_data_directory_is_refused(data: Path) -> None:
    data.parent.mkdir()
    data.touch()

    with pytest.raises(LocalStackError, match="cannot be used"):
        PostgresServer(data).start()


def test_a_failed_initdb_leaves_no_files_and_reports_its_output(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fake_binaries(tmp_path, initdb='case "$1" in --version) ;; *) echo no space left; exit 1;; esac')
    monkeypatch.setenv("PG_BINDIR", str(folder))

    with pytest.raises(LocalStackError, match=r"cannot create its data directory .*no space left"):
        PostgresServer(data).start()
    assert list(data.parent.iterdir()) == []


def test_missing_binaries_are_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(LocalStackError, match="contains no working initdb and postgres"):
        postgres_binaries.find_binaries()

    monkeypatch.delenv("PG_BINDIR")
    monkeypatch.setattr(postgres_binaries, "_candidates", lambda: iter([tmp_path]))
    with pytest.raises(LocalStackError, match="No PostgreSQL was found"):
        postgres_binaries.find_binaries()


def test_binaries_that_do_not_run_are_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = fake_binaries(tmp_path / "broken", initdb="exit 1")
    working = fake_binaries(tmp_path / "working")
    monkeypatch.delenv("PG_BINDIR", raising=False)
    monkeypatch.setattr(postgres_binaries, "_candidates", lambda: iter([broken, working]))

    found = postgres_binaries.find_binaries()

    assert (found.folder, found.version, found.major) == (working, "17.2", "17")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_without_namespaces_runs_the_server_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_binaries, "USER_NAMESPACE", ("no-such-program",))
    postgres_binaries.identity_for_postgres.cache_clear()
    # Not pytest's folder: each pytest that starts closes it to other users.
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "deep" / "data"
        try:
            with PostgresServer(data, durable=False) as server:
                server.create_database("app")
                assert data.stat().st_uid == postgres_binaries.identity_for_postgres().owner != 0
        finally:
            postgres_binaries.identity_for_postgres.cache_clear()


def fake_binaries(base: Path, initdb: str = ":") -> Path:
    """Creates programs that print a version only; `initdb` also runs the given commands."""
    folder = base / "fake" / "bin"
    folder.mkdir(parents=True)
    for name, body in (("initdb", initdb), ("postgres", ":")):
        program = folder / name
        program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "{name} (PostgreSQL) 17.2"\n{body}\n')
        program.chmod(0o755)
    return folder
