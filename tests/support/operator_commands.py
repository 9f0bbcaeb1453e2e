"""The operator's command, run in this process, and the stage that it works on."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import boto3
from click.testing import CliRunner

from ops.cli import cli
from tests.support.system import PREFIX, SETTINGS

STAGE = "test"
STACK = "magento-sync-test"
FUNCTION = f"{STACK}-site-sync"
REGION = "eu-west-1"
VARIABLES = {
    "DATABASE_URL_PARAMETER": SETTINGS.database_url_parameter,
    "CREDENTIALS_PREFIX": PREFIX,
    "SITE_SYNC_FUNCTION": FUNCTION,
    "ALLOW_INSECURE_SHOPS": "true",
    "MAX_RUNNING": "5",
}


@dataclass
class Done:
    """What a command has printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The one JSON document that was printed."""
        return json.loads(self.out)


@dataclass
class Command:
    """`python -m ops …` on a target.

    Attributes:
        where: The options that name the target.
        environment: The variables of the command.
    """

    where: list[str] = field(default_factory=lambda: ["--stage", STAGE])
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, given: str | None = None) -> Done:
        """Runs the command with that standard input."""
        result = CliRunner().invoke(cli, [*arguments, *self.where], input=given, env=self.environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)


def deploy(**changes: str) -> None:
    """Creates the function whose settings the command reads; only its name and its environment matter."""
    role = boto3.client("iam", region_name=REGION).create_role(RoleName="site-sync", AssumeRolePolicyDocument="{}")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "")
    boto3.client("lambda", region_name=REGION).create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {**VARIABLES, **changes}},
    )


def make_queue() -> str:
    """Creates the failure queue, with the name that CloudFormation gives it, and returns its URL."""
    sqs = boto3.client("sqs", region_name=REGION)
    return str(sqs.create_queue(QueueName=f"{STACK}-FailureQueue-a1B2c3")["QueueUrl"])
