"""Clients of AWS services.

botocore is imported when the first client is needed: it takes as long as all else that `site_sync` imports, and boto3
twice as long. A warm environment needs no client for five minutes at a time.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

_creation = Lock()  # a client serves several threads, but botocore creates clients safely in one thread at a time only

# Three attempts with their pauses (up to 1 and 2 seconds) fit into the time that a dispatcher reserves for one start.
PATIENCE: dict[str, Any] = {
    "lambda": {"connect_timeout": 2, "read_timeout": 2, "retries": {"mode": "standard", "total_max_attempts": 3}},
    "ssm": {"connect_timeout": 5, "read_timeout": 10, "retries": {"mode": "standard"}},
}


@overload
def client(service: Literal["lambda"]) -> LambdaClient: ...


@overload
def client(service: Literal["ssm"]) -> SSMClient: ...


def client(service: Literal["lambda", "ssm"]) -> Any:
    """Returns the client of a service, the same one in every thread."""
    with _creation:
        return _only_client(service)


def forget_clients() -> None:
    """Makes new clients from now on, for tests that change the credentials."""
    _only_client.cache_clear()


@cache
def _only_client(service: str) -> Any:  # noqa: ANN401 - botocore makes its classes at run time
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    return get_session().create_client(service, config=Config(**PATIENCE[service]))
