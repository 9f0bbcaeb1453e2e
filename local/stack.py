"""The AWS side of the system on one machine: PostgreSQL, SSM, SQS, Lambda, HTTP API and schedule from template.yaml."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

import psycopg

from local import api_page, status_page
from local.aws.clients import client
from local.aws.functions.event_queue import AWS_RETRY_DELAYS
from local.aws.functions.function_environment import FunctionEnvironment
from local.aws.functions.invocation import Invocation
from local.aws.functions.lambda_api import LambdaApi
from local.aws.functions.service import LambdaService
from local.aws.gateway.http_api import HttpApi
from local.aws.moto_server import MotoServer
from local.aws.queues import Queues
from local.aws.schedule import schedule_event
from local.aws.template.reader import read_template
from local.errors import FunctionError
from local.operators_file import operators_file
from local.packages import PROJECT, layer_folders
from local.postgres.server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_ssm import SSMClient

    from local.aws.gateway.authorization import Claims

STACK_NAME = "magento-sync"
DATABASE = "app"
PAGES = {api_page.PATH: api_page.api_page, **dict.fromkeys(status_page.FILES, status_page.status_page)}
DATABASE_URL_VARIABLE = "DATABASE_URL_PARAMETER"
LONGEST_INVOCATION = 960
"""Seconds: Lambda's fifteen minutes, and the start."""


class Stack:
    """Runs within a `with` block and leaves no process behind.

    Args:
        state_directory: The folder of the database and the logs; a later stack may reuse it.
        parameters: Values of the template's parameters that differ from their defaults.
        retry_delays: See `EventQueue`.
        database_url: A database to use instead of a server of its own.
        durable: See `PostgresServer`.
        claims_of: See `authorize`.
        template: The template.
        port: The HTTP API's port; 0 takes a free one.

    Raises:
        LocalStackError: The template, the packages or this machine prevents it; also when it starts.
    """

    def __init__(  # noqa: PLR0913 - by keyword, each with a default
        self,
        state_directory: Path,
        *,
        parameters: Mapping[str, str] | None = None,
        retry_delays: Sequence[float] = AWS_RETRY_DELAYS,
        database_url: str | None = None,
        durable: bool = True,
        claims_of: Claims | None = None,
        template: Path = PROJECT / "template.yaml",
        port: int = 0,
    ) -> None:
        self.template = read_template(template, parameters or {}, STACK_NAME)
        self._state = state_directory.absolute()
        self._retry_delays = retry_delays
        self._given_database_url = database_url
        self._durable = durable
        self._claims_of = claims_of
        self._port = port
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def invoke(self, function: str, payload: object = None) -> Any:  # noqa: ANN401 - any JSON
        """Invokes a function by its name, logical id or folder through boto3; returns the handler's return value.

        Raises:
            FunctionError: The invocation failed.
        """
        name = self.template.function(function).name
        response = self.lambda_client.invoke(FunctionName=name, Payload=json.dumps(payload or {}).encode())
        with response["Payload"] as body:
            result = json.loads(body.read())
        if response.get("FunctionError"):
            raise FunctionError(result)
        return result

    def invoke_async(self, function: str, payload: object = None) -> str:
        """Invokes a function asynchronously through boto3 and returns the request id."""
        response = self.lambda_client.invoke(
            FunctionName=self.template.function(function).name,
            InvocationType="Event",
            Payload=json.dumps(payload or {}).encode(),
        )
        return response["ResponseMetadata"]["RequestId"]

    def fire_schedule(self, name: str | None = None) -> str:
        """Sends the event of the schedule of that name, or of the first one, and returns the request id."""
        schedule = next(each for each in self.template.schedules if name in {None, each.name})
        invocation = Invocation(schedule_event(schedule))
        self.service.invoke_async(self.template.function(schedule.function), invocation)
        return invocation.request_id

    def put_parameter(self, name: str, value: str) -> None:
        """Writes a SecureString."""
        self.ssm_client.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def failed_events(self) -> list[dict[str, Any]]:
        """Returns the records of failed events and deletes them from the queues."""
        return self.queues.take()

    def logs(self, function: str) -> str:
        """Returns all output of the function, in all stacks with this state directory."""
        try:
            return self._environment.log_file(self.template.function(function)).read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _start(self, starting: ExitStack) -> None:
        packages = layer_folders()
        moto = starting.enter_context(MotoServer(self._state / "logs" / "moto.log"))
        self.database_url = self._given_database_url or self._start_database(starting)
        moto.wait()
        self.ssm_client: SSMClient = client("ssm", moto.url)
        starting.callback(self.ssm_client.close)
        self.queues = Queues(moto.url, self.template.queues.values())
        starting.callback(self.queues.close)
        self._put_database_url()
        endpoints = {"SSM": moto.url, "SQS": moto.url}
        self._environment = FunctionEnvironment(packages, self._state / "logs", endpoints)
        self.service = LambdaService(
            self.template.functions.values(),
            self._environment,
            deliver=self.queues.send,
            retry_delays=self._retry_delays,
        )
        self._start_endpoints(starting, endpoints)

    def _start_endpoints(self, starting: ExitStack, endpoints: dict[str, str]) -> None:
        """Starts Lambda's API and the HTTP API; the functions reach each other through Lambda's."""
        lambda_api = LambdaApi(self.service)
        starting.callback(lambda_api.close)
        starting.callback(self.service.close)
        endpoints["LAMBDA"] = lambda_api.url
        self.lambda_client: LambdaClient = client(
            "lambda", lambda_api.url, read_timeout=LONGEST_INVOCATION, retries={"total_max_attempts": 1}
        )
        starting.callback(self.lambda_client.close)
        operators = self._environment.for_operators(next(iter(self.template.functions.values())))
        starting.enter_context(operators_file(self._state / "stack.json", operators))
        http_api = HttpApi(self.template, self.service, self._claims_of, PAGES, self._port)
        starting.callback(http_api.close)
        self.api_url = http_api.url

    def _start_database(self, starting: ExitStack) -> str:
        server = starting.enter_context(PostgresServer(self._state / "postgres", durable=self._durable))
        with suppress(psycopg.errors.DuplicateDatabase):  # an earlier stack has created it
            server.create_database(DATABASE)
        return server.url(DATABASE)

    def _put_database_url(self) -> None:
        names = {function.environment.get(DATABASE_URL_VARIABLE) for function in self.template.functions.values()}
        for name in names - {None}:
            self.put_parameter(str(name), self.database_url)
