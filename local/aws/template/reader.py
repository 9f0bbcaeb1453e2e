"""Reads a SAM template: its functions, routes, schedules and queues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from samtranslator.yaml_helper import yaml_parse

from local.aws.template.intrinsics import Resolver, references_of
from local.aws.template.model import Cors, Function, Route, Schedule, Template, function_arn, queue_arn
from local.errors import LocalStackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FUNCTION = "AWS::Serverless::Function"
ALIAS = "AWS::Lambda::Alias"
QUEUE = "AWS::SQS::Queue"
API = "AWS::ApiGatewayV2::Api"
ROUTE = "AWS::ApiGatewayV2::Route"


def read_template(path: Path, parameters: Mapping[str, str], stack_name: str) -> Template:
    """Returns the parts of a SAM template that the local AWS runs.

    `parameters` holds those that differ from their defaults. Code folders are relative to the template's folder.

    Raises:
        LocalStackError: The template cannot be read, or a parameter is unknown or has no value.
    """
    try:
        document = yaml_parse(path.read_text("utf-8"))
    except OSError as error:
        raise LocalStackError(f"{path} cannot be read ({error.strerror}).") from error
    return _Reader(document, path.parent, parameters, stack_name).read()


class _Reader:
    def __init__(self, document: dict[str, Any], base: Path, parameters: Mapping[str, str], stack_name: str) -> None:
        self._base = base
        self._stack_name = stack_name
        self._globals = document.get("Globals", {}).get("Function", {})
        self._resources: dict[str, dict[str, Any]] = document["Resources"]
        self._references = references_of(document, parameters, stack_name)
        self._attributes: dict[str, Any] = {}
        self._resolver = Resolver(self._references, self._attributes, document.get("Conditions", {}))

    def read(self) -> Template:
        queues = self._names(QUEUE, "QueueName")
        for logical_id, name in queues.items():
            self._attributes[f"{logical_id}.Arn"] = queue_arn(name)
        for logical_id, name in self._names(FUNCTION, "FunctionName").items():
            self._attributes[f"{logical_id}.Arn"] = function_arn(name)
        for logical_id in self._of_type(ALIAS):
            alias = self._properties(logical_id)
            self._references[logical_id] = f"{function_arn(alias['FunctionName'])}:{alias['Name']}"
        properties = {logical_id: self._function_properties(logical_id) for logical_id in self._of_type(FUNCTION)}
        functions = [self._function(logical_id, each) for logical_id, each in properties.items()]
        return Template(
            functions={function.name: function for function in functions},
            routes=tuple(self._routes()),
            schedules=tuple(self._schedules(properties)),
            queues=queues,
            cors=self._cors(),
        )

    def _of_type(self, kind: str) -> Iterator[str]:
        """Yields the logical ids of the resources of a type whose condition, if any, is true."""
        for logical_id, resource in self._resources.items():
            condition = resource.get("Condition")
            if resource["Type"] == kind and (condition is None or self._resolver.holds(condition)):
                yield logical_id

    def _properties(self, logical_id: str) -> dict[str, Any]:
        resolved: dict[str, Any] = self._resolver.resolve(self._resources[logical_id].get("Properties", {}))
        return resolved

    def _names(self, kind: str, key: str) -> dict[str, str]:
        """Returns the names of the resources of a type, and makes them the values of references."""
        names = {}
        for logical_id in self._of_type(kind):
            name = self._resources[logical_id].get("Properties", {}).get(key)
            names[logical_id] = self._resolver.resolve(name) if name else f"{self._stack_name}-{logical_id}"
            self._references[logical_id] = names[logical_id]
        return names

    def _function_properties(self, logical_id: str) -> dict[str, Any]:
        shared: dict[str, Any] = self._resolver.resolve(self._globals)
        properties = self._properties(logical_id)
        variables = {
            **shared.get("Environment", {}).get("Variables", {}),
            **properties.get("Environment", {}).get("Variables", {}),
        }
        return {**shared, **properties, "Environment": {"Variables": variables}}

    def _function(self, logical_id: str, properties: dict[str, Any]) -> Function:
        code = (self._base / properties["CodeUri"]).resolve()
        if not code.is_dir():
            raise LocalStackError(f"The code of {logical_id} is missing: the template says {properties['CodeUri']}.")
        invocation = properties.get("EventInvokeConfig", {})
        logging = properties.get("LoggingConfig", {})
        reserved = properties.get("ReservedConcurrentExecutions")
        return Function(
            logical_id=logical_id,
            name=self._references[logical_id],
            code=code,
            handler=properties["Handler"],
            runtime=properties["Runtime"],
            timeout=float(properties.get("Timeout", Function.timeout)),
            memory=int(properties.get("MemorySize", Function.memory)),
            environment={key: str(value) for key, value in properties["Environment"]["Variables"].items()},
            log_format=logging.get("LogFormat", Function.log_format),
            log_level=logging.get("ApplicationLogLevel"),
            retries=int(invocation.get("MaximumRetryAttempts", Function.retries)),
            max_event_age=float(invocation.get("MaximumEventAgeInSeconds", Function.max_event_age)),
            on_failure=invocation.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
            reserved_concurrency=None if reserved is None else int(reserved),
        )

    def _routes(self) -> Iterator[Route]:
        for logical_id in self._of_type(ROUTE):
            properties = self._properties(logical_id)
            integration = self._properties(properties["Target"].removeprefix("integrations/"))
            yield Route(
                key=properties["RouteKey"],
                function=_function_in(integration["IntegrationUri"]),
                authorization=properties.get("AuthorizationType", Route.authorization),
                scopes=tuple(properties.get("AuthorizationScopes", ())),
                timeout=float(integration.get("TimeoutInMillis", 30000)) / 1000,
            )

    def _schedules(self, functions: dict[str, dict[str, Any]]) -> Iterator[Schedule]:
        for function_id, function in functions.items():
            for event_id, event in function.get("Events", {}).items():
                if event["Type"] == "ScheduleV2":
                    properties = event["Properties"]
                    yield Schedule(
                        name=properties.get("Name", function_id + event_id),
                        function=self._references[function_id],
                        expression=properties["ScheduleExpression"],
                        payload=properties.get("Input"),
                    )

    def _cors(self) -> Cors | None:
        for logical_id in self._of_type(API):
            configuration = self._properties(logical_id).get("CorsConfiguration")
            if configuration:
                age = configuration.get("MaxAge")
                return Cors(
                    origins=tuple(configuration.get("AllowOrigins", ())),
                    methods=tuple(configuration.get("AllowMethods", ())),
                    headers=tuple(configuration.get("AllowHeaders", ())),
                    exposed=tuple(configuration.get("ExposeHeaders", ())),
                    max_age=None if age is None else int(age),
                    credentials=bool(configuration.get("AllowCredentials", False)),
                )
        return None


def _function_in(uri: str) -> str:
    """Returns the function's name in its or its alias's ARN, or in API Gateway's form `…/functions/<arn>/invocations`.

    There are no versions here, so an alias is its function.
    """
    return re.split("[:/]", uri.rpartition(":function:")[2], maxsplit=1)[0]
