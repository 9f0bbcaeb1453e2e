"""`docs/delivery-guarantee.md` names a test for each promise, and each of these tests is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "delivery-guarantee.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def test_every_test_that_is_named_exists() -> None:
    named = TEST.findall(TEXT)
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or (name and name not in _tests(ROOT / path))
    ]

    assert len(named) > 40
    assert missing == []


def test_every_danger_has_its_test() -> None:
    dangers = [
        line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| what could happen")
    ]

    assert len(dangers) > 20
    assert [line for line in dangers if not TEST.search(line.split(" | ")[-1])] == []


@cache
def _tests(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}
