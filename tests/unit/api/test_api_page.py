"""`docs/api.md` documents every code that a front end can get, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from magento_sync.api.http.errors import ErrorCode
from magento_sync.api.http.field_errors import FieldErrorCode
from magento_sync.db.run_record import FINISHED
from magento_sync.messages import SENTENCES
from tests.unit.test_messages import raised

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
NO_ERRORS = {"STARTED", "STOPPING", "STOPPED"}
"""Sentences of runs without an error."""
RUN_ERRORS = {code for _, code, _ in raised({"ShopError"})} - NO_ERRORS


def codes(start: str, end: str | None) -> set[str]:
    """Returns the codes between two texts of the document."""
    assert start in TEXT
    part = TEXT[TEXT.index(start) + len(start) :]
    return set(re.findall(r"`(?:\d{3} )?([A-Z]+(?:_[A-Z]+)*)`", part.partition(end)[0] if end else part))


def test_every_error_code_of_the_api_is_documented() -> None:
    assert codes("| status | code |", "Codes of `fields`") == set(get_args(ErrorCode))


def test_every_code_of_a_field_is_documented() -> None:
    assert codes("Codes of `fields`", "###") == set(get_args(FieldErrorCode))


def test_every_error_code_of_a_run_is_documented() -> None:
    """The errors of shops, and those of runs that were abandoned or replaced."""
    assert {"TIMEOUT", "ABANDONED", "RUN_OVER"} <= RUN_ERRORS <= set(SENTENCES["nl"])
    assert codes("### `errorCode` of a run", None) == RUN_ERRORS


def test_no_other_code_is_documented() -> None:
    known = {*get_args(ErrorCode), *get_args(FieldErrorCode), *RUN_ERRORS, *FINISHED}

    assert codes("", None) - known == {"QUEUED", "RUNNING", "ERROR", "POST", "DELETE"}
