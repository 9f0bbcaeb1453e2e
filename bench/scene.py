"""What the bench runs the functions in: PostgreSQL, SSM, the built layer and Lambda's runtime client."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg

from bench.layer import build_layer
from bench.shops import DOMAIN, INTEGRATION
from local.aws.clients import client
from local.aws.functions.execution_environment import ExecutionEnvironment
from local.aws.functions.function_environment import FunctionEnvironment
from local.aws.functions.invocation import Invocation
from local.aws.moto_server import MotoServer
from local.aws.template.reader import read_template
from local.demo.tables import database_at, prepare_tables
from local.demo.websites import SyncedWebsite, put_website
from local.packages import PROJECT, RUNTIME
from local.postgres.server import PostgresServer
from magento_sync.db.cuid import new_cuid
from magento_sync.runs.claims import claim_website

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_ssm import SSMClient

    from local.aws.template.model import Function

TIMED = Path(__file__).parent / "timed"
STACK_NAME = "magento-sync-bench"
PARAMETERS = {"AllowInsecureShops": "true"}
CONNECTIONS = "2"
"""Of a first import: two clients saturate the two cores of the measured shop."""


@dataclass(frozen=True)
class TimedResult:
    """The result of one invocation.

    Attributes:
        summary: What the handler returned.
        seconds: How long it ran, as Lambda bills it.
        processor_seconds: How long its process computed.
        profile: Of that, the seconds in each package's own code, if it was profiled.
        peak: The most kilobytes that its process has held.
    """

    summary: dict[str, Any]
    seconds: float
    processor_seconds: float
    profile: dict[str, float]
    peak: int


class TimedFunction:
    """One execution environment of `site_sync`, which is started and has the database's connection.

    Raises:
        RuntimeError: An invocation failed.
    """

    def __init__(self, environment: ExecutionEnvironment) -> None:
        self._environment = environment

    def sync(self, website_id: str, run_id: str | None = None) -> TimedResult:
        """Syncs a website: by hand, or for a run that was claimed."""
        claimed = {"runId": run_id, "trigger": "schedule"} if run_id else {}
        return self.invoke(Invocation(json.dumps({"websiteId": website_id, **claimed}).encode()))

    def import_all(self, website_id: str, orders: int) -> TimedResult:
        """Syncs a website, and checks that it has read that many orders."""
        done = self.sync(website_id)
        if done.summary["ordersFetched"] != orders:
            raise RuntimeError(f"The sync read {done.summary['ordersFetched']} of {orders} orders.")
        return done

    def invoke(self, invocation: Invocation) -> TimedResult:
        """Runs an invocation."""
        answer = self._environment.invoke(invocation)
        if answer.failed:
            raise RuntimeError(f"site_sync failed: {answer.payload.decode()}")
        found = json.loads(answer.payload)
        return TimedResult(
            found["result"], found["seconds"], found["processor_seconds"], found.get("profile", {}), found["peak"]
        )

    def kill(self) -> None:
        """Ends its process, whatever it does."""
        self._environment.close()


class Scene:
    """Everything that the parts share, within a `with` block.

    Attributes:
        layer: The folder of the built layer.
        database_url: An app's database with our migration.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._template = read_template(PROJECT / "template.yaml", PARAMETERS, STACK_NAME)
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def create_database(self, name: str) -> str:
        """Creates a database with the app's tables and our migration, and returns its URL."""
        self.postgres.create_database(name)
        url = self.postgres.url(name)
        prepare_tables(url)
        return url

    def add_website(self, shop: str, database_url: str | None = None) -> str:
        """Adds a website that reads the shop at that address, and returns its id."""
        website = SyncedWebsite(new_cuid(), DOMAIN)
        with database_at(database_url or self.database_url) as database:
            database.run(put_website, website, shop)
        prefix = self.function("site_sync").environment["CREDENTIALS_PREFIX"]
        self._put_parameter(f"{prefix}/{website.id}", json.dumps(INTEGRATION.oauth))
        return website.id

    def claim(self, website_id: str) -> str:
        """Claims a website as the fan-out does, and returns the id of its run."""
        with database_at(self.database_url) as database:
            return database.run(claim_website, website_id, trigger="schedule").run_id

    def function(self, name: str) -> Function:
        """Returns the function in that folder, as the template describes it."""
        return self._template.function(name)

    def variables(self, function: Function, runtime_api: str) -> dict[str, str]:
        """Returns the environment of a function's process."""
        return self._environment.variables(function, runtime_api)

    def execution_environment(self, function: Function) -> ExecutionEnvironment:
        """Starts a function with the built layer, as Lambda does."""
        return ExecutionEnvironment(function, self._environment)

    @contextmanager
    def site_sync(
        self,
        database_url: str | None = None,
        *,
        timeout: float | None = None,
        connections: str = CONNECTIONS,
        profiled: bool = False,
    ) -> Iterator[TimedFunction]:
        """Starts `site_sync` within a `with` block.

        Args:
            database_url: Its database, if not the one that the parts share.
            timeout: The longest invocation in seconds, if not the template's.
            connections: The setting `CONNECTIONS_PER_SYNC`.
            profiled: Whether the results have a profile, which itself takes time.
        """
        function = self.function("site_sync")
        parameter = f"/bench/{new_cuid()}"
        self._put_parameter(parameter, database_url or self.database_url)
        variables = {
            "TIMED_FUNCTION": str(function.code),
            "DATABASE_URL_PARAMETER": parameter,
            "CONNECTIONS_PER_SYNC": connections,
        }
        timed = replace(
            function,
            code=TIMED,
            handler="profiled.handler" if profiled else "timed.handler",
            timeout=timeout or function.timeout,
            environment={**function.environment, **variables},
        )
        running = TimedFunction(self.execution_environment(timed))
        try:
            yield running
        finally:
            running.kill()

    def execute(self, query: str, parameters: tuple[object, ...] = (), database_url: str | None = None) -> list[Any]:
        """Runs one statement on its own, and returns its rows, if it has any."""
        with psycopg.connect(database_url or self.database_url, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _start(self, starting: ExitStack) -> None:
        self.layer = build_layer(self.folder)
        moto = starting.enter_context(MotoServer(self.folder / "moto.log"))
        self.postgres = starting.enter_context(PostgresServer(self.folder / "postgres"))
        self.database_url = self.create_database("app")
        moto.wait()
        self._ssm: SSMClient = client("ssm", moto.url)
        starting.callback(self._ssm.close)
        endpoints = {"SSM": moto.url, "LAMBDA": moto.url}
        self._environment = FunctionEnvironment((self.layer, RUNTIME), self.folder / "logs", endpoints)

    def _put_parameter(self, name: str, value: str) -> None:
        self._ssm.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
