"""The operator's AWS: clients, and its refusals as one sentence."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from magento_sync.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
LONGEST_INVOCATION_SECONDS = 910  # a function runs for at most 900
SHORT = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard"})
LONG = Config(connect_timeout=5, read_timeout=LONGEST_INVOCATION_SECONDS, retries={"total_max_attempts": 1})


class AwsRefused(OperatorError):
    """AWS refused a request or could not be reached.

    Attributes:
        code: AWS's own, or the name of botocore's error.
    """

    def __init__(self, asked: str, code: str) -> None:
        self.code = code
        super().__init__(
            f"AWS did not {asked} ({code}). Check that you are signed in (aws sts get-caller-identity), --profile, "
            "--region and --stage."
        )


def use_account(profile: str | None, region: str | None) -> None:
    """Makes all clients of this process use that profile and region, through botocore's own variables."""
    if profile:
        # Keys in the environment would win over AWS_PROFILE.
        for name in KEYS:
            os.environ.pop(name, None)
        os.environ["AWS_PROFILE"] = profile
    if region:
        os.environ["AWS_DEFAULT_REGION"] = region


@contextmanager
def asking_aws(to_do: str) -> Iterator[None]:
    """Turns AWS's refusals into an error that says what AWS did not do.

    Raises:
        AwsRefused: The block failed. AWS's text is left out, because it can repeat a request's values.
    """
    try:
        yield
    except ClientError as error:
        raise AwsRefused(to_do, error.response["Error"]["Code"]) from None
    except BotoCoreError as error:
        raise AwsRefused(to_do, type(error).__name__) from None


def ssm() -> SSMClient:
    """Returns a client of SSM."""
    return cast("SSMClient", _client("ssm"))


def sqs() -> Any:  # noqa: ANN401 - no stubs are installed
    """Returns a client of SQS."""
    return _client("sqs")


def lambda_(*, patient: bool = False) -> LambdaClient:
    """Returns a client of Lambda; a patient one waits for a whole invocation."""
    return cast("LambdaClient", _client("lambda", patient=patient))


@cache
def _client(service: str, *, patient: bool = False) -> Any:  # noqa: ANN401 - botocore makes its classes at run time
    with asking_aws(f"open {service}"):
        return get_session().create_client(service, config=LONG if patient else SHORT)
