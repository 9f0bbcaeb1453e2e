"""The fixtures of the proofs: the system of the integration tests, and racers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import aws, counted, shop, ssm, system
from tests.support.races import ROUNDS, Racers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["aws", "counted", "shop", "ssm", "system"]


@pytest.fixture
def racers(database_url: str, record_property: Callable[[str, object], None]) -> Iterator[Racers]:
    """Eight execution environments with a connection each."""
    record_property("rounds of races", ROUNDS)
    with Racers(database_url, 8) as racers:
        yield racers
