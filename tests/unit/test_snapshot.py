"""SnapStart: every copy starts from one snapshot, which Lambda takes after the handler's module has been imported."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from magento_sync.aws.bootstrap import shared_database

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, os, random, sys, time

def refuse(*_arguments):
    raise AssertionError("every copy of a snapshot would have this in common")

os.urandom = random._urandom = refuse
time.time = time.time_ns = time.monotonic = time.monotonic_ns = refuse
sys.addaudithook(lambda event, _arguments: refuse() if event.startswith("socket.") else None)
drawn = random.getstate()

import app

assert random.getstate() == drawn, "random numbers were drawn"
assert "botocore.session" not in sys.modules, "AWS may have been asked for a secret"
"""


@pytest.mark.parametrize("function", ["manual_sync", "customers"])
def test_an_import_takes_no_secret_clock_connection_or_random_number(function: str) -> None:
    paths = [str(ROOT / "functions" / function), str(ROOT / "layers" / "common")]

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(paths), "POWERTOOLS_SERVICE_NAME": "magento-sync"},
    )

    assert done.returncode == 0, done.stderr


def test_copies_do_not_draw_the_same_random_numbers() -> None:
    """The pauses of retries, ours and botocore's, come from Python's own generator."""
    in_the_snapshot = random.getstate()

    shared_database.__wrapped__()

    assert random.getstate() != in_the_snapshot
