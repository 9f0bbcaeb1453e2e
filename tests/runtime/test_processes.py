"""No process is left, however a stack ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.gateway.http_api import HttpApi
from local.packages import PROJECT
from local.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    Eventually = Callable[[Callable[[], Any]], Any]

PROGRAM = """
import sys, time
from pathlib import Path
from local.signals import orderly_exit
from local.stack import Stack
with orderly_exit(), Stack(Path(sys.argv[1]), template=Path(sys.argv[2]), durable=False) as stack:
    stack.invoke("EchoFunction")
    stack.invoke_async("EchoFunction", {"do": "sleep", "seconds": 60})
    print("ready", flush=True)
    time.sleep(60)
"""


def descendants(pid: int) -> set[int]:
    """Returns the ids of all descendants of a process."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found: set[int] = set()
    new = {pid}
    while new:
        new = {child for child, parent in parents.items() if parent in new} - found
        found |= new
    return found


# After SIGKILL only the kernel can end the children.
@pytest.mark.parametrize("ending", [(signal.SIGINT, -2), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_no_process_survives_the_program(
    tmp_path: Path,
    small_template: Path,
    eventually: Eventually,
    process_state: Callable[[int], str],
    ending: tuple[int, int],
) -> None:
    number, status = ending
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "state"), str(small_template)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        pids = descendants(program.pid)
        program.send_signal(number)
        assert program.wait(20) == status

    assert len(pids) >= 4  # PostgreSQL and its helpers, moto, a frozen function
    eventually(lambda: not [pid for pid in pids if process_state(pid) not in {"", "Z"}])


def test_no_process_survives_a_failed_start(
    tmp_path: Path, small_template: Path, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = descendants(os.getpid())
    monkeypatch.setattr(HttpApi, "__init__", lambda *_: 1 / 0)
    stack = Stack(tmp_path, template=small_template, durable=False)

    with pytest.raises(ZeroDivisionError):
        stack.__enter__()

    eventually(lambda: descendants(os.getpid()) <= before)


def test_a_closed_stack_leaves_no_process_and_keeps_its_data(
    tmp_path: Path, small_template: Path, eventually: Eventually, process_state: Callable[[int], str]
) -> None:
    for number in (1, 2):
        began = tmp_path / f"began-{number}"
        with Stack(tmp_path / "state", template=small_template, durable=False) as stack:
            stack.invoke_async("EchoFunction", {"do": "hold", "began": str(began), "until": str(tmp_path / "never")})
            eventually(began.exists)
            pids = [stack.invoke("EchoFunction")["pid"], *stack.service.pids]
            parameter = stack.ssm_client.get_parameter(Name="/magento-sync/database-url", WithDecryption=True)
            assert parameter["Parameter"]["Value"] == stack.database_url
        assert {process_state(pid) for pid in pids} == {""}
    assert stack.logs("EchoFunction").count("request") == 4
