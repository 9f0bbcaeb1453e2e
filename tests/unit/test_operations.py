"""`docs/operations.md` and `docs/api.md` have an entry for each error code."""

from __future__ import annotations

import re
from pathlib import Path

from magento_sync.api.http.field_errors import RULES
from magento_sync.messages import ENGLISH

DOCS = Path(__file__).parents[2] / "docs"
RESULTS = {"IMPORTED_ONE", "IMPORTED", "STARTED", "STOPPED", "STOPPING"}
VARIANTS = {"SHOP_ERROR_OF_GATEWAY", *RULES.values()}
CODE = re.compile(r"`([A-Z]+(?:_[A-Z]+)*)`")


def _codes(page: str, heading: str) -> set[str]:
    """Returns the codes in the first column of the tables of a section, or in the first two."""
    section = (DOCS / page).read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    section = re.split(rf"\n#{{1,{heading.count('#')}}} ", section)[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")]
    return {code for row in rows for cell in row[1:3] for code in CODE.findall(cell)}


def test_every_code_has_an_entry_for_operators_or_for_developers() -> None:
    of_requests = _codes("api.md", "## Errors")
    known = of_requests | {f"FIELD_{code}" for code in of_requests} | _codes("operations.md", "## Error codes of a run")
    assert ENGLISH.keys() - RESULTS - VARIANTS - known == set()


def test_the_entries_of_runs_are_the_same_for_operators_and_for_developers() -> None:
    of_runs = _codes("api.md", "### `errorCode` of a run")
    assert len(of_runs) > 30
    assert of_runs | {"SHOP_BUSY"} == _codes("operations.md", "## Error codes of a run")


def test_every_code_of_the_documentation_exists() -> None:
    assert _codes("operations.md", "## Error codes of a run") <= ENGLISH.keys()
