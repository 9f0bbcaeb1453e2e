"""Where a command works: a deployed stage, the local stack (`make run`), or a plain database."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from magento_sync.aws.parameters import secure_parameter
from magento_sync.db.connection.database import Database
from magento_sync.errors import ConfigurationError, OperatorError
from magento_sync.settings import Settings
from ops.aws import AwsRefused, asking_aws, lambda_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOCAL_FILES = (Path(".local") / "stack.json", Path(".local") / "own" / "stack.json")
"""Of the demo and of `make run SHOP=…`; each exists while that stack runs."""
LOCAL_STACK = "magento-sync"


class NoLocalStack(OperatorError):
    """`make run` does not run here."""


@dataclass(frozen=True)
class Target:
    """Where a command works.

    Attributes:
        stage: The deployed stage, `local` for the local stack; None for a plain database.
        stack: The name of the CloudFormation stack, with which the names of its functions begin.
        url: The database's URL, if it was given; otherwise SSM has it.
        variables: The environment of the local stack's functions; empty for others.
    """

    stage: str | None
    stack: str
    url: str | None = None
    variables: Mapping[str, str] | None = None

    @property
    def has_aws(self) -> bool:
        """Whether there are SSM, Lambda and SQS, which a plain database lacks."""
        return self.stage is not None

    @property
    def site_sync(self) -> str:
        """The name of the function that syncs one website."""
        return f"{self.stack}-site-sync"

    @cached_property
    def settings(self) -> Settings:
        """The settings of the deployed functions; for a plain database those of this environment.

        Raises:
            AwsRefused: The function does not exist, or may not be asked for.
            ConfigurationError: A setting is invalid.
        """
        return Settings.from_environment({**self._names, **os.environ, **self._deployed_variables()})

    @cached_property
    def settings_or_defaults(self) -> Settings:
        """The settings; the template's defaults where the functions are not deployed yet, or may not be asked for."""
        try:
            return self.settings
        except AwsRefused:
            return Settings.from_environment(self._names)

    def database(self) -> Database:
        """Returns the app's database, with the names of the deployed `TABLE_NAMES`; nothing connects before it is used.

        Raises:
            ConfigurationError: A deployed setting is invalid.
        """
        _ = self.settings_or_defaults
        return Database(self.database_url)

    def database_url(self, *, fresh: bool = False) -> str:
        """Returns the database's URL: the given one, otherwise the stage's parameter.

        Raises:
            ConfigurationError: The parameter does not exist, or SSM could not be asked.
        """
        if self.url is not None:
            return self.url
        name = (self.variables or self._names)["DATABASE_URL_PARAMETER"]
        url = secure_parameter(name, fresh=fresh)
        if url is None:
            raise ConfigurationError(
                f"There is no SSM parameter {name}. Create it as a SecureString with the database's URL, or correct "
                "--stage, --region and --profile."
            )
        return url

    @property
    def credentials_prefix(self) -> str:
        """The SSM path before a website's id."""
        return (self.variables or self._names)["CREDENTIALS_PREFIX"]

    @property
    def _names(self) -> dict[str, str]:
        """The names that template.yaml gives to the stage's parameters and functions."""
        return {
            "DATABASE_URL_PARAMETER": f"/magento-sync/{self.stage}/database-url",
            "CREDENTIALS_PREFIX": f"/magento-sync/{self.stage}/websites",
            "SITE_SYNC_FUNCTION": self.site_sync,
        }

    def _deployed_variables(self) -> Mapping[str, str]:
        if self.variables is not None or not self.has_aws:
            return self.variables or {}
        with asking_aws(f"show the function {self.site_sync}"):
            answer = lambda_().get_function_configuration(FunctionName=self.site_sync)
        variables = answer.get("Environment", {}).get("Variables", {})
        if renamed := variables.get("TABLE_NAMES"):
            os.environ["TABLE_NAMES"] = renamed  # the layer reads it from there, as in the functions
        return variables


def deployed(stage: str, stack: str | None, url: str | None) -> Target:
    """Returns a deployed stage. samconfig.toml names the stack of the stage `default` without a suffix."""
    return Target(stage, stack or ("magento-sync" if stage == "default" else f"magento-sync-{stage}"), url)


def local(files: Sequence[Path] = LOCAL_FILES) -> Target:
    """Returns the local stack that started last, and makes botocore use its endpoints.

    Raises:
        NoLocalStack: `make run` does not serve now.
    """
    try:
        newest = max((file for file in files if file.exists()), key=lambda file: file.stat().st_mtime)
        variables = json.loads(newest.read_text("utf-8"))
    except (OSError, ValueError):
        raise NoLocalStack("The local stack does not run. Start it in another terminal: make run") from None
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(variables)
    return Target("local", LOCAL_STACK, None, variables)


def plain(url: str) -> Target:
    """Returns a plain database."""
    return Target(None, LOCAL_STACK, url)
