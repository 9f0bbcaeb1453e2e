"""The linters of the template (`make template`): each check that is left out has a reason."""

from __future__ import annotations

import re

import pytest

from tests.support.cloudformation import ROOT


@pytest.mark.parametrize(
    ("file", "skip"), [("template.yaml", r" +- (W\d+|WS\d+|ES\d+)"), (".checkov.yaml", r" +- (CKV_\w+)")]
)
def test_every_check_that_is_left_out_has_a_reason(file: str, skip: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    skipped = [place for place, line in enumerate(lines) if re.fullmatch(skip, line)]
    assert skipped
    assert [lines[place] for place in skipped if not lines[place - 1].lstrip().startswith("# ")] == []
