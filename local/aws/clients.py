"""boto3's clients for the local AWS, independent of an AWS account on this machine."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from local.aws.template.model import REGION


def client(service: str, url: str, **settings: Any) -> Any:  # noqa: ANN401 - boto3 makes its classes at run time
    """Returns a client of a service at that URL; `settings` are botocore's."""
    session = boto3.session.Session(
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - moto accepts any
        region_name=REGION,
    )
    return session.client(service, endpoint_url=url, config=Config(proxies={}, **settings))  # type: ignore[call-overload]
