"""`docs/api.md` names every code that a front end may meet, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from magento_sync.messages import SENTENCES

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
NO_CODES = {"IMPORTED_ONE", "IMPORTED", "STARTED", "STOPPED", "STOPPING"}
"""What went well is told by a sentence alone."""
STATUSES = {"QUEUED", "RUNNING", "COMPLETED", "FAILED", "STOPPED", "ABANDONED", "ERROR"}


def test_the_page_names_every_code_and_no_other() -> None:
    named = set(re.findall(r"`(?:\d{3} )?([A-Z]+(?:_[A-Z]+)*)`", PAGE)) - {"DELETE", "POST", "GET"}

    assert named - STATUSES == {code.removeprefix("FIELD_") for code in SENTENCES} - NO_CODES - STATUSES
