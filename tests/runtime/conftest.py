"""A stack of the small template without a database; helpers that wait and read the state of processes."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from local.packages import build
from local.stack import Stack
from tests.support.contract import running_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.postgres.server import PostgresServer
    from tests.support.contract import Api

SUPPORT = Path(__file__).parents[1] / "support"
TOKENS: dict[str, dict[str, Any]] = {
    "writer": {"sub": "somebody", "scope": "things/read things/write", "exp": 1900000000, "websites": ["a", "b"]},
    "reader": {"sub": "somebody", "scope": "things/read"},
}


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Lets programs react to SIGINT, which they would inherit as ignored from tests that run in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def small_template() -> Path:
    return SUPPORT / "template.yaml"


@pytest.fixture(scope="session")
def small_stack(tmp_path_factory: pytest.TempPathFactory, small_template: Path) -> Iterator[Stack]:
    build()
    with Stack(
        tmp_path_factory.mktemp("stack"),
        template=small_template,
        database_url="postgresql://nobody@127.0.0.1:1/none",
        retry_delays=(0.05, 0.1),
        claims_of=TOKENS.get,
    ) as stack:
        yield stack


@pytest.fixture(scope="session")
def eventually() -> Callable[[Callable[[], Any]], Any]:
    """Repeats a question until the answer is true, and returns it; fails after ten seconds."""

    def wait(question: Callable[[], Any]) -> Any:  # noqa: ANN401 - depends on the question
        deadline = time.monotonic() + 10
        while not (answer := question()):
            assert time.monotonic() < deadline, "the answer stayed false for ten seconds"
            time.sleep(0.01)
        return answer

    return wait


@pytest.fixture(scope="session")
def process_state() -> Callable[[int], str]:
    """Returns the kernel's state of a process: T is stopped, Z a zombie, an empty string ended."""

    def state(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return ""

    return state


@pytest.fixture(scope="module")
def api(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The real API for one module: its tests change the data."""
    folder = tmp_path_factory.mktemp("contract")
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE contract TEMPLATE pattern")
        try:
            with running_api(folder, postgres.url("contract")) as api:
                yield api
        finally:
            connection.execute("DROP DATABASE contract WITH (FORCE)")
