"""A stage whose database is the test's, with the recorded shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.operator_commands import Command, deploy, make_queue

if TYPE_CHECKING:
    from tests.support.system import System


@pytest.fixture
def stage(system: System, database_url: str, monkeypatch: pytest.MonkeyPatch) -> System:
    """The deployed stage `test`, in which all is well."""
    for name in ("DATABASE_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    system.ssm.put_parameter(Name=system.settings.database_url_parameter, Value=database_url, Type="SecureString")
    monkeypatch.setattr("ops.failures.WAIT_SECONDS", 0)
    deploy()
    make_queue()
    return system


@pytest.fixture
def ops() -> Command:
    """The operator's command on that stage."""
    return Command()
