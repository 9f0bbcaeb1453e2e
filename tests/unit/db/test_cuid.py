"""Ids in the form of Prisma's `cuid()`."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from magento_sync.db import cuid
from magento_sync.db.cuid import new_cuid

if TYPE_CHECKING:
    import pytest


def test_an_id_has_the_form_of_cuid_version_1() -> None:
    assert all(re.fullmatch(r"c[0-9a-z]{24}", new_cuid()) for _ in range(100))


def test_no_id_is_made_twice() -> None:
    assert len({new_cuid() for _ in range(50_000)}) == 50_000


def test_an_id_holds_time_counter_and_random_characters_in_this_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magento_sync.db.cuid.time.time_ns", lambda: 1_795_358_667_123_999_999)
    counter = itertools.count(35)
    monkeypatch.setattr(cuid, "_counter", lambda: counter)

    first, second = new_cuid(), new_cuid()

    assert int(first[1:9], 36) == 1_795_358_667_123
    assert (first[9:13], second[9:13]) == ("000z", "0010")
    assert first[13:] != second[13:]


def test_the_counter_wraps_around_at_four_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = itertools.count(cuid.BLOCK - 1)
    monkeypatch.setattr(cuid, "_counter", lambda: counter)

    assert [new_cuid()[9:13], new_cuid()[9:13]] == ["zzzz", "0000"]


def test_later_ids_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    times = itertools.count(1_795_358_667_000_000_000, 1_000_000)
    monkeypatch.setattr("magento_sync.db.cuid.time.time_ns", lambda: next(times))

    made = [new_cuid() for _ in range(100)]

    assert made == sorted(made)
