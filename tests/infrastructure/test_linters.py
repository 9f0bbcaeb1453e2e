"""The linters of the template: clean, and each check that is left out has a reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cloudformation import ROOT


def test_cfn_lint_and_its_serverless_rules_find_nothing() -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), str(ROOT / "template.yaml")]
    linted = subprocess.run(
        [*command, "--append-rules", "cfn_lint_serverless.rules"], capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


@pytest.mark.parametrize(
    ("file", "skip"), [("template.yaml", r" +- (W\d+|WS\d+|ES\d+)"), (".checkov.yaml", r" +- (CKV_\w+)")]
)
def test_every_check_that_is_left_out_has_a_reason(file: str, skip: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    skipped = [place for place, line in enumerate(lines) if re.fullmatch(skip, line)]
    assert skipped
    assert [lines[place] for place in skipped if not lines[place - 1].lstrip().startswith("# ")] == []
