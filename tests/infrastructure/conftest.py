"""The stacks that the template makes with the parameters that change its shape."""

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
    """SAM's transform asks for a region and cares for nothing else of AWS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield


@pytest.fixture(scope="session")
def stack(_region: None) -> Stack:
    """With the defaults alone."""
    return Stack()


@pytest.fixture(scope="session")
def full_stack(_region: None) -> Stack:
    """With every optional parameter given."""
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
