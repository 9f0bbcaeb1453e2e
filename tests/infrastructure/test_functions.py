"""The functions and their layer: environment, time-outs, failed events, logs and concurrency."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from magento_sync.settings import Settings
from tests.support.cloudformation import ROOT, Stack

if TYPE_CHECKING:
    from tests.support.cloudformation import Json

FUNCTION = "AWS::Lambda::Function"
FOLDERS = {
    "SiteSyncFunction": "site_sync",
    "CronFanoutFunction": "cron_fanout",
    "ManualSyncFunction": "manual_sync",
    "CustomersFunction": "customers",
}
INVOKED_ASYNCHRONOUSLY = {"SiteSyncFunction", "CronFanoutFunction"}
VARIABLES = {
    *("DATABASE_URL_PARAMETER", "CREDENTIALS_PREFIX", "SITE_SYNC_FUNCTION", "PAGE_SIZE", "LOOK_AHEAD", "GAP_WINDOW"),
    *("MAX_RUNNING", "SYNCS_PER_SHOP", "CONNECTIONS_PER_SYNC", "FIRST_IMPORT_DAYS", "ENRICH_CUSTOMERS"),
    *("ALLOW_INSECURE_SHOPS", "TABLE_NAMES", "CONTACT"),
    *("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"),
}


@pytest.mark.parametrize(("function", "folder"), FOLDERS.items())
def test_every_function_has_a_handler(template: dict[str, Json], function: str, folder: str) -> None:
    assert template["Resources"][function]["Properties"]["CodeUri"] == f"functions/{folder}/"
    assert template["Globals"]["Function"]["Handler"] == "app.handler"
    source = ast.parse((ROOT / "functions" / folder / "app.py").read_text(encoding="utf-8"))
    assert "handler" in {it.name for it in source.body if isinstance(it, ast.FunctionDef)}


def test_there_are_no_other_functions(stack: Stack) -> None:
    assert stack.of_type(FUNCTION).keys() == FOLDERS.keys()


@pytest.mark.parametrize("function", FOLDERS)
def test_every_function_has_all_environment_variables(stack: Stack, function: str) -> None:
    assert stack.environment(function).keys() == VARIABLES


def test_the_template_s_defaults_equal_the_code_s(stack: Stack) -> None:
    assert Settings.from_environment(stack.environment("SiteSyncFunction")) == Settings(
        database_url_parameter="/magento-sync/default/database-url",
        credentials_prefix="/magento-sync/default/websites",
        site_sync_function="magento-sync-site-sync",
    )


def test_site_sync_has_the_name_that_the_functions_invoke(any_stack: Stack) -> None:
    name = any_stack.properties("SiteSyncFunction")["FunctionName"]
    assert all(any_stack.environment(function)["SITE_SYNC_FUNCTION"] == name for function in FOLDERS)


def test_the_layer_is_built_for_the_runtime_and_processor_of_the_functions(template: dict[str, Json]) -> None:
    functions, layer = template["Globals"]["Function"], template["Resources"]["CommonLayer"]
    assert layer["Metadata"] == {
        "BuildMethod": functions["Runtime"],
        "BuildArchitecture": functions["Architectures"][0],
    }
    assert layer["Properties"]["CompatibleRuntimes"] == [functions["Runtime"]]
    assert layer["Properties"]["CompatibleArchitectures"] == functions["Architectures"] == ["arm64"]
    for function in FOLDERS:
        assert not {"Runtime", "Architectures", "Handler"} & template["Resources"][function]["Properties"].keys()


def test_each_function_has_its_time_out(stack: Stack) -> None:
    assert {name: it["Timeout"] for name, it in stack.of_type(FUNCTION).items()} == {
        "SiteSyncFunction": 900,
        "CronFanoutFunction": 600,
        "ManualSyncFunction": 29,
        "CustomersFunction": 29,
    }


def test_recursion_is_allowed_for_site_sync_only(any_stack: Stack) -> None:
    allowed = {name: it["RecursiveLoop"] for name, it in any_stack.of_type(FUNCTION).items() if "RecursiveLoop" in it}
    assert allowed == {"SiteSyncFunction": "Allow"}


def test_asynchronous_events_are_retried_and_then_sent_to_the_failure_queue(any_stack: Stack) -> None:
    configs = {it["FunctionName"]: it for it in any_stack.of_type("AWS::Lambda::EventInvokeConfig").values()}
    assert configs.keys() == INVOKED_ASYNCHRONOUSLY
    for config in configs.values():
        assert config["MaximumRetryAttempts"] == 2
        assert config["MaximumEventAgeInSeconds"] == 600
        assert config["DestinationConfig"] == {"OnFailure": {"Destination": "FailureQueue.Arn"}}


def test_the_failure_queue_is_encrypted_and_keeps_for_14_days(any_stack: Stack) -> None:
    queue = any_stack.properties("FailureQueue")
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


def test_the_schedule_runs_every_15_minutes(any_stack: Stack) -> None:
    [schedule] = any_stack.of_type("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule["State"] == "ENABLED"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule["Name"] == "magento-sync-cron-fanout"
    assert schedule["Target"]["Arn"] == "CronFanoutFunction.Arn"
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": "FailureQueue.Arn"}


def test_a_fanout_ends_before_the_next_one_starts(stack: Stack) -> None:
    assert stack.properties("CronFanoutFunction")["Timeout"] < 15 * 60


@pytest.mark.parametrize("function", FOLDERS)
def test_logs_are_json_and_have_a_group_of_their_own(any_stack: Stack, function: str) -> None:
    logging = any_stack.properties(function)["LoggingConfig"]
    assert logging["LogFormat"] == "JSON"
    # A stricter level would discard the metrics; at DEBUG the libraries would log credentials.
    assert logging["ApplicationLogLevel"] == "INFO"
    assert any_stack.resources[logging["LogGroup"]]["Type"] == "AWS::Logs::LogGroup"
    name = any_stack.properties(function)["FunctionName"]
    assert any_stack.properties(logging["LogGroup"])["LogGroupName"] == f"/aws/lambda/{name}"


def test_every_log_group_has_a_retention(any_stack: Stack) -> None:
    for group in any_stack.of_type("AWS::Logs::LogGroup").values():
        assert group["RetentionInDays"] == "30"


def test_concurrency_is_reserved_only_by_parameter(stack: Stack, full_stack: Stack) -> None:
    assert not [name for name, it in stack.of_type(FUNCTION).items() if "ReservedConcurrentExecutions" in it]
    reserved = {name: it.get("ReservedConcurrentExecutions") for name, it in full_stack.of_type(FUNCTION).items()}
    assert reserved == dict.fromkeys(FOLDERS) | {"SiteSyncFunction": "50"}


@pytest.mark.parametrize("function", FOLDERS)
def test_every_function_has_a_log_group_an_alarm_and_a_failure_path(any_stack: Stack, function: str) -> None:
    """A request's failure reaches its caller; an event's reaches the failure queue."""
    assert any_stack.properties(function)["LoggingConfig"]["LogGroup"] in any_stack.of_type("AWS::Logs::LogGroup")
    alarms = any_stack.of_type("AWS::CloudWatch::Alarm").values()
    assert [
        it["AlarmActions"] for it in alarms if {"Name": "FunctionName", "Value": function} in it.get("Dimensions", [])
    ]
    behind_the_api = {
        it["IntegrationUri"].removesuffix(".Arn") for it in any_stack.of_type("AWS::ApiGatewayV2::Integration").values()
    }
    with_queue = {it["FunctionName"] for it in any_stack.of_type("AWS::Lambda::EventInvokeConfig").values()}
    assert (function in behind_the_api) != (function in with_queue)


@pytest.mark.parametrize("function", FOLDERS)
def test_functions_are_in_a_vpc_only_by_parameter(stack: Stack, full_stack: Stack, function: str) -> None:
    assert "VpcConfig" not in stack.properties(function)
    assert full_stack.properties(function)["VpcConfig"] == {
        "SubnetIds": ["subnet-0a", "subnet-0b"],
        "SecurityGroupIds": ["sg-0a"],
    }
