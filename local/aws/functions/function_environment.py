"""The environment of a function: variables, search path and log, as on AWS."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.template.model import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from local.aws.template.model import Function

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",  # moto accepts any
    "AWS_SESSION_TOKEN": "local",
}


@dataclass(frozen=True)
class FunctionEnvironment:
    """The environment of all functions of a stack.

    Attributes:
        packages: The folders of the search path after the function's own.
        logs: The folder of the log files.
        endpoints: URLs of AWS services by their name in boto3's variables, such as `SSM`.
    """

    packages: tuple[Path, ...]
    logs: Path
    endpoints: Mapping[str, str] = field(default_factory=dict)

    def log_file(self, function: Function) -> Path:
        """Returns the file of the function's standard output and error."""
        return self.logs / f"{function.name}.log"

    def variables(self, function: Function, runtime_api: str) -> dict[str, str]:
        """Returns all variables of the function's process.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        inherited = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PATH") if name in os.environ}
        logging = {"AWS_LAMBDA_LOG_FORMAT": function.log_format}
        if function.log_level:
            logging["AWS_LAMBDA_LOG_LEVEL"] = function.log_level
        return {
            **inherited,
            **CREDENTIALS,
            **logging,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "LAMBDA_TASK_ROOT": str(function.code),
            "LANG": "en_US.UTF-8",
            "PYTHONPATH": os.pathsep.join(map(str, (function.code, *self.packages))),
            "TZ": ":UTC",
            "_HANDLER": function.handler,
            **self._aws,
            **function.environment,
        }

    def for_operators(self, function: Function) -> dict[str, str]:
        """Returns the variables with which an operator's command works on this stack."""
        return {**CREDENTIALS, **self._aws, **function.environment}

    @property
    def _aws(self) -> dict[str, str]:
        return {
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            **{f"AWS_ENDPOINT_URL_{name}": url for name, url in self.endpoints.items()},
        }
