"""The payloads for `sam local invoke` match the template and AWS's form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from tests.support.cloudformation import ROOT

if TYPE_CHECKING:
    from tests.support.cloudformation import Json, Stack

EVENTS = ROOT / "events"


def read(name: str) -> dict[str, Json]:
    content: dict[str, Json] = json.loads((EVENTS / name).read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("site-sync-direct.json", {"websiteId"}),
        ("site-sync-dry-run.json", {"websiteId", "dryRun"}),
        ("site-sync-dispatched.json", {"websiteId", "runId", "trigger"}),
    ],
)
def test_site_sync_events_have_the_documented_keys(name: str, keys: set[str]) -> None:
    assert read(name).keys() == keys


@pytest.mark.parametrize(
    "name", ["manual-sync-post.json", "websites-get.json", "customers-get.json", "customers-post.json"]
)
def test_an_api_event_belongs_to_an_existing_route(stack: Stack, name: str) -> None:
    event = APIGatewayProxyEventV2(read(name))
    assert event.route_key in {it["RouteKey"] for it in stack.of_type("AWS::ApiGatewayV2::Route").values()}
    assert event.route_key == f"{event.http_method} {event.path}" == event.request_context.route_key
    assert event.headers.get("content-length", "0") == str(len(event.get("body") or ""))
    assert dict(parse_qsl(event.raw_query_string)) == event.query_string_parameters
    assert ("body" in event) == (event.http_method == "POST")


def test_the_api_s_events_show_both_authorizers(full_stack: Stack) -> None:
    signed = APIGatewayProxyEventV2(read("manual-sync-post.json")).request_context.authorizer
    assert signed is not None
    assert signed.iam is not None
    assert signed.iam.user_arn
    scopes = {
        it["RouteKey"]: it["AuthorizationScopes"] for it in full_stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    for name in ("websites-get.json", "customers-get.json", "customers-post.json"):
        event = APIGatewayProxyEventV2(read(name))
        assert event["requestContext"]["authorizer"]["jwt"]["scopes"] == scopes[event.route_key]
        assert all(isinstance(it, str) for it in event["requestContext"]["authorizer"]["jwt"]["claims"].values())


def test_the_schedule_s_event_has_the_schedule_s_name(stack: Stack) -> None:
    event = read("cron-schedule.json")
    [schedule] = stack.of_type("AWS::Scheduler::Schedule").values()
    assert (event["source"], event["detail-type"]) == ("aws.scheduler", "Scheduled Event")
    assert event["resources"][0].endswith(f":schedule/default/{schedule['Name']}")


def test_the_env_file_sets_existing_variables_only(stack: Stack) -> None:
    """`sam local` silently ignores a variable that the template lacks."""
    assert read("env.json")["Parameters"].keys() <= stack.environment("SiteSyncFunction").keys()


def test_every_event_is_documented(stack: Stack) -> None:
    readme = (EVENTS / "README.md").read_text(encoding="utf-8")
    assert stack.resources
    for path in EVENTS.glob("*.json"):
        assert path.name in readme
