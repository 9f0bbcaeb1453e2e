"""Alarms and dashboard: what is watched, who is told, and where it says what to do."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.support.cloudformation import ROOT, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.cloudformation import Json

ALARM = "AWS::CloudWatch::Alarm"
FUNCTIONS = ("SiteSyncFunction", "CronFanoutFunction", "ManualSyncFunction", "CustomersFunction")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COUNTED = re.compile(r"""(?<![.\w])(?:count|measure)\(\s*"(\w+)"|^ {4}"[A-Z]+": "(\w+Syncs)",$""", re.MULTILINE)
"""A metric in the code: named in a call, or in the table of `runs/reports.py`."""


def _metrics_of_code() -> set[str]:
    files = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    return {one or other for file in files for one, other in COUNTED.findall(file.read_text(encoding="utf-8"))}


def _widgets(stack: Stack) -> list[dict[str, Json]]:
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    return [widget["properties"] | {"type": widget["type"]} for widget in body["widgets"]]


def _metrics_of_dashboard(stack: Stack) -> Iterator[tuple[str, ...]]:
    """Yields namespace, name, dimension and value of each metric. A dot repeats the value of the metric before it."""
    for widget in _widgets(stack):
        before: list[str] = []
        for metric in widget.get("metrics", []):
            parts = [part for part in metric if isinstance(part, str)]
            parts = before if parts == ["..."] else parts
            before = [before[place] if part == "." else part for place, part in enumerate(parts)]
            yield tuple(before)


def _metrics_of_alarms(stack: Stack) -> Iterator[tuple[str, ...]]:
    for alarm in stack.of_type(ALARM).values():
        for metric in [it["MetricStat"]["Metric"] for it in alarm.get("Metrics", []) if "MetricStat" in it] or [alarm]:
            [dimension] = metric["Dimensions"]
            yield metric["Namespace"], metric["MetricName"], dimension["Name"], dimension["Value"]


def _sections() -> set[str]:
    """Returns the anchors of the headings of docs/operations.md, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", OPERATIONS, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_these_faults_have_an_alarm(stack: Stack) -> None:
    watched = set(_metrics_of_alarms(stack))
    assert watched == {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "FailureQueue.QueueName"),
        ("AWS/ApiGateway", "5xx", "ApiId", "HttpApi"),
        *(("AWS/Lambda", "Errors", "FunctionName", function) for function in FUNCTIONS),
        *(
            ("MagentoSync", name, "service", "magento-sync")
            for name in ("FanOuts", "RefusedSyncs", "WebsitesInError", "Websites", "NewlyFailingWebsites")
        ),
    }


def test_every_alarm_names_the_section_that_says_what_to_do(any_stack: Stack) -> None:
    for name, alarm in any_stack.of_type(ALARM).items():
        page, _, section = alarm["AlarmDescription"].rpartition(" ")[2].partition("#")
        assert page == "docs/operations.md", name
        assert section in _sections(), name


@pytest.mark.parametrize(
    ("parameters", "topic"),
    [
        ({}, "AlarmTopic"),
        ({"AlarmEmail": "ops@app.example"}, "AlarmTopic"),
        ({"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:ops"}, "arn:aws:sns:eu-west-1:123456789012:ops"),
    ],
)
def test_every_alarm_is_sent_to_the_topic(parameters: dict[str, str], topic: str) -> None:
    stack = Stack(parameters)
    assert all(alarm["AlarmActions"] == [topic] for alarm in stack.of_type(ALARM).values())
    assert ("AlarmTopic" in stack.resources) == (topic == "AlarmTopic")


def test_the_address_for_alarms_is_subscribed(stack: Stack) -> None:
    assert "Subscription" not in stack.properties("AlarmTopic")
    subscribed = Stack({"AlarmEmail": "ops@app.example"}).properties("AlarmTopic")["Subscription"]
    assert subscribed == [{"Protocol": "email", "Endpoint": "ops@app.example"}]


def test_a_missing_fan_out_is_a_fault_unless_the_schedule_is_paused(stack: Stack) -> None:
    alarm = stack.properties("NoFanOutAlarm")
    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"]) == ("breaching", "LessThanThreshold")
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 60 * 60
    assert alarm["ActionsEnabled"] is True
    assert Stack({"ScheduleState": "DISABLED"}).properties("NoFanOutAlarm")["ActionsEnabled"] is False


def test_every_other_alarm_is_silent_without_data(stack: Stack) -> None:
    for name, alarm in stack.of_type(ALARM).items():
        assert name == "NoFanOutAlarm" or alarm["TreatMissingData"] == "notBreaching"


def test_metrics_have_the_stack_as_their_only_dimension(stack: Stack) -> None:
    """A dimension for each website would cost a metric for each; without the stack, stages would hide each other."""
    assert {stack.environment(function)["POWERTOOLS_SERVICE_NAME"] for function in FUNCTIONS} == {"magento-sync"}
    ours = [it for it in [*_metrics_of_alarms(stack), *_metrics_of_dashboard(stack)] if it[0] == "MagentoSync"]
    assert {it[2:] for it in ours} == {("service", "magento-sync")}


def test_every_metric_of_the_code_is_watched_and_no_other(stack: Stack) -> None:
    ours = {it[1] for it in [*_metrics_of_alarms(stack), *_metrics_of_dashboard(stack)] if it[0] == "MagentoSync"}
    assert len(ours) > 10
    assert ours == _metrics_of_code()


def test_every_metric_of_the_code_is_in_the_documentation() -> None:
    listed = re.findall(r"`(\w+)`", OPERATIONS.partition("## Metrics")[2].partition("\n## ")[0])
    assert _metrics_of_code() <= set(listed)


def test_the_dashboard_shows_every_alarm_and_every_function(stack: Stack) -> None:
    [alarms] = [widget["alarms"] for widget in _widgets(stack) if widget["type"] == "alarm"]
    assert set(alarms) == {f"{name}.Arn" for name in stack.of_type(ALARM)}
    shown = set(_metrics_of_dashboard(stack))
    for metric in ("Duration", "Errors"):
        assert {("AWS/Lambda", metric, "FunctionName", function) for function in FUNCTIONS} <= shown


def test_the_dashboard_shows_the_functions_limits(stack: Stack) -> None:
    lines = [line["value"] for it in _widgets(stack) for line in it.get("annotations", {}).get("horizontal", [])]
    for function in ("SiteSyncFunction", "CronFanoutFunction"):
        assert stack.properties(function)["Timeout"] * 1000 in lines


def test_the_dashboard_names_the_websites_that_fail_for_a_day(stack: Stack) -> None:
    [query] = [widget["query"] for widget in _widgets(stack) if widget["type"] == "log"]
    assert "SOURCE 'CronFanoutLogGroup'" in query
    [message] = re.findall(r"message = '([^']+)'", query)
    written = (ROOT / "layers" / "common" / "magento_sync" / "runs" / "reports.py").read_text(encoding="utf-8")
    assert f'"{message}"' in written
    assert {"failing_hours", "error_code", "domain", "website_id"} <= set(re.findall(r"\w+", query))
