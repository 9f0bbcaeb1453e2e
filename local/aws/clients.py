"""boto3's clients for the local AWS, untouched by the settings of an account on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.aws.template.model import REGION

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

LONGEST_INVOCATION = 960
"""Seconds: a quarter of an hour, and the start."""


def lambda_client(url: str) -> LambdaClient:
    """Waits as long as an invocation may take, and never invokes twice."""
    client: LambdaClient = _client(
        "lambda", url, Config(read_timeout=LONGEST_INVOCATION, retries={"total_max_attempts": 1})
    )
    return client


def ssm_client(url: str) -> SSMClient:
    """For parameters."""
    client: SSMClient = _client("ssm", url, Config())
    return client


def sqs_client(url: str) -> Any:  # noqa: ANN401 - no stubs for it here
    """For queues."""
    return _client("sqs", url, Config())


def _client(service: str, url: str, config: Config) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    session = boto3.session.Session(
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - moto takes any
        region_name=REGION,
    )
    own: Any = session.client
    return own(service, endpoint_url=url, config=config.merge(Config(proxies={})))
