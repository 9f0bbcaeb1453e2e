"""`make deploy`: what is checked before anything is built, and at its end what to do next."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tomllib
from dataclasses import dataclass
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
    """One environment of `samconfig.toml`."""

    stack: str
    parameters: frozenset[str]
    profile: str | None
    region: str | None


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
    words = overrides.split() if isinstance(overrides, str) else overrides
    return Deployment(
        given["stack_name"],
        frozenset(word.partition("=")[0] for word in words),
        given.get("profile"),
        given.get("region"),
    )


def check(deployment: Deployment) -> str:
    """Checks credentials, region and, before a first deployment, that its decisions were taken.

    Returns:
        A sentence that names the account.

    Raises:
        DeploymentBlocked: One of them is missing.
    """
    session = _session(deployment)
    account = _ask(session, "sts", "get_caller_identity")["Account"]
    missing = [name for name in DECISIONS if name not in deployment.parameters]
    if missing and not _outputs(session, deployment.stack):
        explained = "\n".join(f"  {name}: {DECISIONS[name]}." for name in missing)
        raise DeploymentBlocked(
            f"Before the first deployment of {deployment.stack}, add to parameter_overrides in {SETTINGS}, as in "
            f'"{missing[0]}=…", and run the same command again:\n{explained}'
        )
    return f"Deploying {deployment.stack} to the account {account}, region {session.get_config_variable('region')}."


def next_steps(deployment: Deployment) -> list[str]:
    """Returns what the stack's outputs `NextStep…` say, in their order.

    Raises:
        DeploymentBlocked: AWS cannot be asked.
    """
    steps = {
        name: text for name, text in _outputs(_session(deployment), deployment.stack).items() if "NextStep" in name
    }
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


def _outputs(session: Session, stack: str) -> dict[str, str]:
    """Returns the stack's outputs: none before the first deployment."""
    try:
        [found] = _ask(session, "cloudformation", "describe_stacks", StackName=stack)["Stacks"]
    except _NoStack:
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


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
    """Runs `check` or `next-steps`, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["check", "next-steps"])
    parser.add_argument("environment", help="of samconfig.toml")
    arguments = parser.parse_args()
    try:
        deployment = read_settings(SETTINGS.read_text("utf-8"), arguments.environment)
        if arguments.command == "check":
            print(check(deployment))
        elif steps := next_steps(deployment):
            print("What to do next (docs/deploying.md explains each step):", *steps, sep="\n")
    except OperatorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
