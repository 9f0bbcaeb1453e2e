"""Stacks of the template with the parameters that add or remove resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.cloudformation import Json, Stack, read_template

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "arn:aws:kms:eu-west-1:123456789012:key/0000"


@pytest.fixture(scope="session")
def template() -> dict[str, Json]:
    return read_template()


@pytest.fixture(scope="session", autouse=True)
def _region() -> Iterator[None]:
    """Sets a region, the only AWS setting that SAM's transform needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield


@pytest.fixture(scope="session")
def stack(_region: None) -> Stack:
    """The stack with all defaults."""
    return Stack()


@pytest.fixture(scope="session")
def full_stack(_region: None) -> Stack:
    """The stack with every optional parameter."""
    return Stack(
        {
            "JwtIssuer": "https://issuer.example/",
            "JwtAudience": "app,backend",
            "AllowedOrigins": "https://app.example,http://localhost:3000",
            "ParameterKeyArn": KEY,
            "SiteSyncReservedConcurrency": "50",
            "SubnetIds": "subnet-0a,subnet-0b",
            "SecurityGroupIds": "sg-0a",
        }
    )


@pytest.fixture(params=["stack", "full_stack"])
def any_stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.getfixturevalue(request.param)
    return found
