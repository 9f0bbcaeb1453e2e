"""`docs/api.md` names every code that a front end can meet, and none that there is not."""

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
NO_FAILURES = {"STARTED", "STOPPING", "STOPPED"}
"""Sentences about runs that nothing is the matter with."""
CARRIED = {code for _, code, _ in raised({"ShopError"})} - NO_FAILURES


def codes(beginning: str, end: str | None) -> set[str]:
    """The codes between two places of the page."""
    assert beginning in TEXT
    part = TEXT[TEXT.index(beginning) + len(beginning) :]
    return set(re.findall(r"`(?:\d{3} )?([A-Z]+(?:_[A-Z]+)*)`", part.partition(end)[0] if end else part))


def test_every_error_of_the_api() -> None:
    assert codes("| status | code |", "Codes of `fields`") == set(get_args(ErrorCode))


def test_every_code_of_a_field() -> None:
    assert codes("Codes of `fields`", "###") == set(get_args(FieldErrorCode))


def test_every_code_that_a_run_can_carry() -> None:
    """What is raised of shops, and what closes runs that died or were replaced."""
    assert {"TIMEOUT", "ABANDONED", "RUN_OVER"} <= CARRIED <= set(SENTENCES)
    assert codes("### `errorCode` of a run", None) == CARRIED


def test_no_other_code_is_named_anywhere() -> None:
    known = {*get_args(ErrorCode), *get_args(FieldErrorCode), *CARRIED, *FINISHED}

    assert codes("", None) - known == {"QUEUED", "RUNNING", "ERROR", "POST", "DELETE"}
