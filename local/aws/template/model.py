"""What the local AWS takes from a template."""

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
        timeout: Seconds that one invocation may take.
        memory: Megabytes it is given on AWS; not enforced here.
        environment: Its own variables.
        log_format: `Text` or `JSON`.
        log_level: The application's log level under `JSON`, if set.
        retries: How often a failed asynchronous invocation is tried again.
        max_event_age: Seconds after which an asynchronous event is given up.
        on_failure: ARN of the queue for events that failed for good, if any.
        reserved_concurrency: How many of its invocations may run at once, if that is limited.
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

    def is_called(self, name: str) -> bool:
        """Whether the name (on AWS, in the template, or of its folder) or the ARN means this function."""
        return name in {self.name, self.logical_id, self.code.name, self.arn}


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API.

    Attributes:
        key: Such as `POST /api/things/{id}`, or `$default`.
        function: Name of the function behind it.
        authorization: `NONE`, `AWS_IAM` or `JWT`.
        scopes: One of these a token must hold, if there are any.
        timeout: Seconds until the API gives up waiting.
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
        logical_id: Function and event, as SAM joins them.
        name: Its name on AWS.
        function: Name of the function it invokes.
        expression: Such as `rate(15 minutes)`.
        enabled: Whether it fires by itself.
        payload: The event, if the template gives one.
        retries: How often AWS tries to deliver its event.
    """

    logical_id: str
    name: str
    function: str
    expression: str
    enabled: bool = True
    payload: str | None = None
    retries: int = 185


@dataclass(frozen=True)
class Cors:
    """Which browsers' pages may call the HTTP API, and how."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False


@dataclass(frozen=True)
class Template:
    """Everything the local AWS is made from.

    Attributes:
        functions: By name on AWS.
        routes: In the template's order.
        schedules: In the template's order.
        queues: Names on AWS by logical id.
        cors: None where the API has no such configuration.
    """

    functions: dict[str, Function]
    routes: tuple[Route, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    queues: dict[str, str] = field(default_factory=dict)
    cors: Cors | None = None

    def function(self, name: str) -> Function:
        """The function of that name, logical id, folder or ARN.

        Raises:
            KeyError: There is none.
        """
        for function in self.functions.values():
            if function.is_called(name):
                return function
        raise KeyError(name)


def function_arn(name: str) -> str:
    """The ARN of a function, existing or not."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def queue_arn(name: str) -> str:
    """The ARN of a queue."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
