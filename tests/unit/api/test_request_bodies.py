"""Bodies of requests: what is wrong with them is found at little cost, and told in bounds."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from magento_sync.api.http.errors import ApiError
from magento_sync.api.http.field_errors import FieldError
from magento_sync.api.http.request_bodies import LONGEST_BODY, json_object

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = [f"{number:x}" for number in range(6000)]


def refused(text: str) -> list[FieldError]:
    with pytest.raises(ApiError) as error:
        json_object(text)
    return error.value.faults


def cost(of: Callable[[str], object], text: str) -> float:
    """Seconds of the processor, the least of some."""

    def once() -> float:
        start = time.process_time()
        of(text)
        return time.process_time() - start

    return min(once() for _ in range(5))


def test_a_name_given_twice_among_very_many_costs_little_to_find() -> None:
    text = "{" + ",".join(f'"{name}":0' for name in [*NAMES, NAMES[-1]]) + "}"
    assert len(text) < LONGEST_BODY

    assert refused(text) == [FieldError(NAMES[-1], "REPEATED")]
    assert cost(refused, text) < 30 * cost(json.loads, text)


def test_very_many_names_given_twice_are_not_all_told() -> None:
    assert refused("{" + ",".join(f'"{name}":0' for name in NAMES[:3000] * 2) + "}") == [
        FieldError(name, "REPEATED") for name in NAMES[:20]
    ]
