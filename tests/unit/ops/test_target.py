"""Where the local stack is."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ops.target import NoLocalStack, local

if TYPE_CHECKING:
    from pathlib import Path


def test_the_local_stack_is_the_one_that_started_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make run` and `make run SHOP=…` can serve at once."""
    monkeypatch.setenv("PAGE_SIZE", "")
    files = tmp_path / "demo.json", tmp_path / "own.json"
    for age, file in enumerate(files):
        file.write_text(json.dumps({"PAGE_SIZE": file.name}))
        os.utime(file, (0, 1000 - age))

    assert local(files).variables == {"PAGE_SIZE": "demo.json"}
    files[0].unlink()
    assert local(files).variables == {"PAGE_SIZE": "own.json"}
    files[1].unlink()
    with pytest.raises(NoLocalStack, match="make run"):
        local(files)
