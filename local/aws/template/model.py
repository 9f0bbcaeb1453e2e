"""The parts of a template that the local AWS runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

REGION = "eu-west-1"
ACCOUNT = "123456789012"
"""moto's account."""


@dataclass(frozen=True)
class Function:
    """A Lambda function.

    Attributes:
        logical_id: Its name in the template.
        name: Its name on AWS.
        code: The folder of its code.
        handler: `module.function`.
        runtime: Such as `python3.13`.
        timeout: The longest invocation in seconds.
        memory: Megabytes on AWS; not enforced here.
        environment: Its own variables.
        log_format: `Text` or `JSON`.
        log_level: The application's log level under `JSON`, if set.
        retries: How often a failed asynchronous invocation is retried.
        max_event_age: Seconds after which an asynchronous event fails.
        on_failure: The ARN of the queue for failed events, if any.
        reserved_concurrency: The limit of its concurrent invocations, if any.
    """

    logical_id: str
    name: str
    code: Path
    handler: str
    runtime: str = "python3.13"
    timeout: float = 3
    memory: int = 128
    environment: dict[str, str] = field(default_factory=dict)
    log_format: str = "Text"
    log_level: str | None = None
    retries: int = 2
    max_event_age: float = 21600
    on_failure: str | None = None
    reserved_concurrency: int | None = None

    @property
    def arn(self) -> str:
        """Its unqualified ARN."""
        return function_arn(self.name)


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API.

    Attributes:
        key: Such as `POST /api/things/{id}`.
        function: The name of its function.
        authorization: `NONE`, `AWS_IAM` or `JWT`.
        scopes: A token must have one of them, if there are any.
        timeout: Seconds until the API answers 503.
    """

    key: str
    function: str
    authorization: str = "NONE"
    scopes: tuple[str, ...] = ()
    timeout: float = 30


@dataclass(frozen=True)
class Schedule:
    """A schedule that invokes a function.

    Attributes:
        name: Its name on AWS.
        function: The name of its function.
        expression: Such as `rate(15 minutes)`; the local stack never fires a schedule by itself.
        payload: The event, if the template has one.
    """

    name: str
    function: str
    expression: str
    payload: str | None = None


@dataclass(frozen=True)
class Cors:
    """The HTTP API's CORS configuration."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False


@dataclass(frozen=True)
class Template:
    """A template with all values filled in.

    Attributes:
        functions: By name on AWS.
        queues: Names on AWS by logical id.
        cors: None if the API has no such configuration.
    """

    functions: dict[str, Function]
    routes: tuple[Route, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    queues: dict[str, str] = field(default_factory=dict)
    cors: Cors | None = None

    def function(self, name: str) -> Function:
        """Returns the function of that name, logical id or folder.

        Raises:
            KeyError: There is none.
        """
        for function in self.functions.values():
            if name in {function.name, function.logical_id, function.code.name}:
                return function
        raise KeyError(name)


def function_arn(name: str) -> str:
    """Returns the ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def queue_arn(name: str) -> str:
    """Returns the ARN of a queue."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
