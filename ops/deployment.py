"""`make deploy`: what is checked before anything is built, the deployment, and at its end what to do next."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound
from botocore.session import Session

from magento_sync.errors import OperatorError

SETTINGS = Path("samconfig.toml")
SHORT = Config(connect_timeout=5, read_timeout=20)
SIGN_IN = "Sign in (aws configure, or aws sso login), or set AWS_PROFILE; aws sts get-caller-identity then answers."
DECISIONS = {
    "FirstImportDays": "how many days of orders a first import reads. 0 reads all: everybody who ever bought becomes a "
    "customer with the status PENDING, whom the app may mail",
    "EnrichCustomers": "true stores the product's name and the billing name; with false, each productName is Unknown "
    "Product",
}
"""Parameters whose value cannot be changed for orders that are already imported."""


class DeploymentBlocked(OperatorError):
    """Nothing was built or deployed; the text says what to do."""


@dataclass(frozen=True)
class Deployment:
    """One environment of `samconfig.toml`.

    Attributes:
        overrides: Its `parameter_overrides`, each as sam accepts it on its command line.
    """

    stack: str
    overrides: tuple[str, ...]
    profile: str | None
    region: str | None

    @property
    def parameters(self) -> dict[str, str]:
        """The values of the overrides without quotes; of a value with spaces its first word."""
        words = (word.partition("=") for word in " ".join(self.overrides).split())
        return {name: value.strip("\"'") for name, _, value in words}


def read_settings(text: str, environment: str) -> Deployment:
    """Reads an environment of `samconfig.toml`.

    Raises:
        DeploymentBlocked: There is no such environment.
    """
    settings = {name: value for name, value in tomllib.loads(text).items() if isinstance(value, dict)}
    if environment not in settings:
        raise DeploymentBlocked(f"{SETTINGS} has no environment {environment}, only {' and '.join(settings)}.")
    parts = (settings[environment].get(command, {}).get("parameters", {}) for command in ("global", "deploy"))
    given: dict[str, Any] = {name: value for part in parts for name, value in part.items()}
    overrides = given.get("parameter_overrides", [])
    words = [overrides] if isinstance(overrides, str) else overrides
    return Deployment(given["stack_name"], tuple(words), given.get("profile"), given.get("region"))


def check(deployment: Deployment) -> str:
    """Checks credentials, region and SnapStart and, before a first deployment, that its decisions were taken.

    Returns:
        A sentence that names the account.

    Raises:
        DeploymentBlocked: One of them is missing.
    """
    session = _session(deployment)
    account = _ask(session, "sts", "get_caller_identity")["Account"]
    stack = _stack(session, deployment.stack)
    missing = [name for name in DECISIONS if name not in deployment.parameters]
    if missing and not stack.get("Outputs"):
        explained = "\n".join(f"  {name}: {DECISIONS[name]}." for name in missing)
        raise DeploymentBlocked(
            f"Before the first deployment of {deployment.stack}, add to parameter_overrides in {SETTINGS}, as in "
            f'"{missing[0]}=…", and run the same command again:\n{explained}'
        )
    kept = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
    if kept.get("ApiSnapStart") == "true" and deployment.parameters.get("ApiSnapStart") not in {"true", "false"}:
        raise DeploymentBlocked(
            f"{deployment.stack} uses SnapStart, and AWS keeps a parameter that is not given: the API would go on with "
            f"the old code. Add ApiSnapStart=true to parameter_overrides in {SETTINGS}, or ApiSnapStart=false."
        )
    return f"Deploying {deployment.stack} to the account {account}, region {session.get_config_variable('region')}."


def sam_arguments(deployment: Deployment, environment: str, now: datetime) -> list[str]:
    """Returns the arguments of sam that deploy an environment."""
    arguments = ["deploy", "--config-env", environment]
    if deployment.parameters.get("ApiSnapStart") != "true":
        return arguments
    # Overrides on the command line replace those of samconfig.toml, so all are given.
    return [*arguments, "--parameter-overrides", *deployment.overrides, f"Release={now:%Y-%m-%dT%H:%M:%SZ}"]


def next_steps(deployment: Deployment) -> list[str]:
    """Returns what the stack's outputs `NextStep…` say, in their order.

    Raises:
        DeploymentBlocked: AWS cannot be asked.
    """
    outputs = _stack(_session(deployment), deployment.stack).get("Outputs", [])
    steps = {each["OutputKey"]: each["OutputValue"] for each in outputs if "NextStep" in each["OutputKey"]}
    return [f"{number}. {steps[name]}" for number, name in enumerate(sorted(steps), start=1)]


def _session(deployment: Deployment) -> Session:
    session = Session(profile=os.environ.get("AWS_PROFILE") or deployment.profile)
    try:
        session.get_scoped_config()
    except ProfileNotFound as error:
        raise DeploymentBlocked(f"{error}. {SIGN_IN}") from None
    region = os.environ.get("AWS_DEFAULT_REGION") or deployment.region or session.get_config_variable("region")
    if not region:
        raise DeploymentBlocked("No AWS region is set: run aws configure, or set AWS_DEFAULT_REGION.")
    session.set_config_variable("region", region)
    return session


def _stack(session: Session, name: str) -> dict[str, Any]:
    """Returns AWS's description of the stack: empty before the first deployment."""
    try:
        [found] = _ask(session, "cloudformation", "describe_stacks", StackName=name)["Stacks"]
    except _NoStack:
        return {}
    return dict(found)


class _NoStack(Exception):
    pass


def _ask(session: Session, service: str, operation: str, **parameters: str) -> Any:  # noqa: ANN401 - AWS's answer
    try:
        return getattr(session.create_client(service, config=SHORT), operation)(**parameters)
    except NoCredentialsError:
        raise DeploymentBlocked(f"There are no AWS credentials. {SIGN_IN}") from None
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ValidationError" and operation == "describe_stacks":
            raise _NoStack from None
        raise DeploymentBlocked(f"AWS refuses the credentials ({code}). {SIGN_IN}") from None
    except BotoCoreError as error:
        name = type(error).__name__
        if re.search("SSO|Token|Credential", name):
            raise DeploymentBlocked(f"The AWS credentials cannot be used ({name}). {SIGN_IN}") from None
        region = session.get_config_variable("region")
        raise DeploymentBlocked(
            f"AWS cannot be reached in the region {region} ({name}). Check the region's name and the connection."
        ) from None


def main() -> int:
    """Runs `check`, `sam` or `next-steps`, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "sam", "next-steps"])
    parser.add_argument("environment", help="of samconfig.toml")
    parser.add_argument("--sam", default="sam", help="the sam command")
    arguments = parser.parse_args()
    try:
        deployment = read_settings(SETTINGS.read_text("utf-8"), arguments.environment)
        if arguments.command == "check":
            print(check(deployment))
        elif arguments.command == "sam":
            given = sam_arguments(deployment, arguments.environment, datetime.now(UTC))
            # In place of this process, so that sam itself gets Ctrl-C, and make its exit code.
            os.execvp(arguments.sam, [arguments.sam, *given])  # noqa: S606 - without a shell, values need no quoting
        elif steps := next_steps(deployment):
            print("What to do next (docs/deploying.md explains each step):", *steps, sep="\n")
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
