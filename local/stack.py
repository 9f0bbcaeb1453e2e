"""The whole AWS side on one machine: PostgreSQL, SSM, SQS, Lambda, HTTP API and schedule, read from template.yaml."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg

from local import api_page
from local.aws.clients import lambda_client, ssm_client
from local.aws.functions.event_queue import AWS_RETRY_DELAYS
from local.aws.functions.function_environment import FunctionEnvironment
from local.aws.functions.lambda_api import LambdaApi
from local.aws.functions.service import CONCURRENCY, LambdaService
from local.aws.gateway.http_api import HttpApi
from local.aws.moto_server import MotoServer
from local.aws.queues import Queues
from local.aws.schedule import Scheduler
from local.aws.template.reader import read_template
from local.errors import FunctionError
from local.packages import PROJECT, ready_layer
from local.postgres.server import PostgresServer
from local.signals import ending_on_sigterm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

    from local.aws.gateway.authorization import Claims
    from local.aws.template.model import Function

STACK_NAME = "magento-sync"
DATABASE = "app"
DATABASE_URL_VARIABLE = "DATABASE_URL_PARAMETER"


class Stack:
    """Runs from `with` to its end, after which none of its processes is left.

    In the main thread SIGTERM ends it as Ctrl-C does.

    Args:
        state_directory: Where the database and the logs are; may be used again.
        parameters: Values for the template's parameters that differ from their defaults.
        retry_delays: Seconds before the retries of asynchronous events.
        database_url: A database to use instead of a server of the stack's own.
        durable: Whether the stack's own server waits for the disk; see `PostgresServer`.
        concurrency: Invocations that run at once.
        claims_of: Judges tokens, where the template's routes want them.
        template: The template to read.

    Raises:
        LocalStackError: The template, the packages or this machine is not as needed; also when it starts.
    """

    def __init__(  # noqa: PLR0913 - each by name, each with a default
        self,
        state_directory: Path,
        *,
        parameters: Mapping[str, str] | None = None,
        retry_delays: Sequence[float] = AWS_RETRY_DELAYS,
        database_url: str | None = None,
        durable: bool = True,
        concurrency: int = CONCURRENCY,
        claims_of: Claims | None = None,
        template: Path = PROJECT / "template.yaml",
    ) -> None:
        self.template = read_template(template, parameters or {}, STACK_NAME)
        self._state = state_directory.absolute()
        self._retry_delays = retry_delays
        self._own_database_url = database_url
        self._durable = durable
        self._concurrency = concurrency
        self._claims_of = claims_of
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def invoke(self, function: str, payload: object = None) -> Any:  # noqa: ANN401 - what the handler answers
        """Invokes a function through boto3 and waits.

        Args:
            function: Its name, its logical id or its folder's name.
            payload: The event.

        Returns:
            What the handler answered.

        Raises:
            FunctionError: The invocation failed.
        """
        name = self.function(function).name
        answered = self.lambda_client.invoke(FunctionName=name, Payload=json.dumps(payload or {}).encode())
        with answered["Payload"] as body:
            answer = json.loads(body.read())
        if answered.get("FunctionError"):
            raise FunctionError(answer)
        return answer

    def invoke_later(self, function: str, payload: object = None) -> str:
        """Invokes a function asynchronously through boto3; answers the request id."""
        accepted = self.lambda_client.invoke(
            FunctionName=self.function(function).name,
            InvocationType="Event",
            Payload=json.dumps(payload or {}).encode(),
        )
        return accepted["ResponseMetadata"]["RequestId"]

    def fire_schedule(self, name: str | None = None) -> str:
        """Sends the schedule's event; answers the request id."""
        return self.scheduler.fire(name)

    def put_parameter(self, name: str, value: str) -> None:
        """Writes a SecureString, over an older one if need be."""
        self.ssm_client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def failed_events(self) -> list[dict[str, Any]]:
        """Takes what failed for good out of the template's queues."""
        return [record for name in self.template.queues.values() for record in self.queues.take(name)]

    def function(self, name: str) -> Function:
        """What the template says of a function.

        Raises:
            KeyError: It has none of that name, logical id or folder.
        """
        return self.template.function(name)

    def logs(self, function: str) -> str:
        """All that the function has written, in all stacks with this state directory."""
        try:
            return self._surroundings.log_file(self.function(function)).read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _start(self, starting: ExitStack) -> None:
        starting.enter_context(ending_on_sigterm())
        layer, runtime = ready_layer()
        backing = starting.enter_context(MotoServer(self._state / "logs" / "moto.log"))
        self.database_url = self._own_database_url or self._start_database(starting)
        backing.wait()
        self.ssm_client: SSMClient = ssm_client(backing.url)
        starting.callback(self.ssm_client.close)
        self.queues = Queues(backing.url, self.template.queues.values())
        starting.callback(self.queues.close)
        self._put_database_url()
        endpoints = {"SSM": backing.url, "SQS": backing.url}
        self._surroundings = FunctionEnvironment((layer, runtime), self._state / "logs", endpoints)
        self.service = LambdaService(
            self.template.functions.values(),
            self._surroundings,
            deliver=self.queues.send,
            retry_delays=self._retry_delays,
            concurrency=self._concurrency,
        )
        self._start_doors(starting, endpoints)

    def _start_doors(self, starting: ExitStack, endpoints: dict[str, str]) -> None:
        """Opens what calls come in by; the functions, too, reach each other through Lambda's."""
        lambda_api = LambdaApi(self.service)
        starting.callback(lambda_api.close)
        starting.callback(self.service.close)
        endpoints["LAMBDA"] = lambda_api.url
        self.lambda_client: LambdaClient = lambda_client(lambda_api.url)
        starting.callback(self.lambda_client.close)
        http_api = HttpApi(self.template, self.service, self._claims_of, {api_page.PATH: api_page.api_page})
        starting.callback(http_api.close)
        self.api_url = http_api.url
        self.scheduler = Scheduler(self.template, self.service)
        starting.callback(self.scheduler.close)

    def _start_database(self, starting: ExitStack) -> str:
        server = starting.enter_context(PostgresServer(self._state / "postgres", durable=self._durable))
        with suppress(psycopg.errors.DuplicateDatabase):  # of an earlier start
            server.create_database(DATABASE)
        return server.url(DATABASE)

    def _put_database_url(self) -> None:
        names = {function.environment.get(DATABASE_URL_VARIABLE) for function in self.template.functions.values()}
        for name in names - {None}:
            self.put_parameter(str(name), self.database_url)
