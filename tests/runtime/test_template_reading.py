"""Reading of templates: the small one and the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.template.model import Cors, Route, Schedule
from local.aws.template.reader import read_template
from local.errors import LocalStackError
from local.packages import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


def test_functions_combine_globals_and_their_own_properties(small_template: Path) -> None:
    template = read_template(small_template, {"Word": "bye"}, "s")

    echo, failing = template.function("EchoFunction"), template.function("FailingFunction")
    assert (echo.name, echo.handler, echo.timeout, echo.runtime) == ("s-echo", "app.handler", 10, "python3.13")
    assert echo.environment == {
        "WORD": "bye",
        "DATABASE_URL_PARAMETER": "/s/database-url",
        "OWN": "bye-eu-west-1",
    }
    assert echo.code == small_template.parent / "handlers" / "echo"
    assert failing.on_failure == "arn:aws:sqs:eu-west-1:123456789012:s-FailureQueue"
    assert (failing.retries, failing.max_event_age) == (2, 600)
    assert (failing.log_format, failing.log_level) == ("JSON", "INFO")
    assert template.function("SingleFunction").reserved_concurrency == 1
    assert template.queues == {"FailureQueue": "s-FailureQueue"}


def test_conditions_select_values_and_resources(small_template: Path) -> None:
    without = read_template(small_template, {}, "s")
    with_issuer = read_template(small_template, {"Issuer": "https://id.example"}, "s")

    assert Route("POST /guarded", "s-echo", "AWS_IAM") in without.routes
    assert Route("POST /guarded", "s-echo", "JWT", ("things/write",)) in with_issuer.routes
    assert "ISSUER" not in without.function("EchoFunction").environment
    assert with_issuer.function("EchoFunction").environment["ISSUER"] == "https://id.example"
    assert "s-UnusedFunction" in with_issuer.functions
    assert "s-UnusedFunction" not in without.functions


def test_routes_have_their_function_and_time_out(small_template: Path) -> None:
    routes = {route.key: route for route in read_template(small_template, {}, "s").routes}

    assert (routes["POST /open/{name}"].function, routes["POST /open/{name}"].timeout) == ("s-echo", 30)
    assert (routes["POST /slow"].function, routes["POST /slow"].timeout) == ("s-SlowFunction", 0.3)


def test_schedules_and_cors_are_read(small_template: Path) -> None:
    template = read_template(small_template, {}, "s")

    assert template.schedules == (
        Schedule("s-often", "s-echo", "rate(15 minutes)"),
        Schedule("EchoFunctionDescribing", "s-echo", "rate(1 hour)", '{"do": "describe"}'),
    )
    assert template.cors == Cors(
        ("https://app.example", "https://two.example"), ("GET", "POST"), ("content-type", "authorization"),
        ("location",), 600,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {CodeUri: nowhere}}}", "code of F is missing"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Nobody}}}", "refers to Nobody"),
        ("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Base64 x}}}", "Fn::Base64"),
        ("{Parameters: {P: {Type: String}}, Resources: {}}", "P needs a value"),
    ],
)
def test_a_mistake_in_the_template_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)

    with pytest.raises(LocalStackError, match=message):
        read_template(path, {}, "s")


def test_an_unknown_parameter_is_an_error(small_template: Path) -> None:
    with pytest.raises(LocalStackError, match="no parameter Wrod"):
        read_template(small_template, {"Wrod": "x"}, "s")


def test_the_real_template_has_all_parts() -> None:
    template = read_template(PROJECT / "template.yaml", {}, "magento-sync")

    site_sync = template.function("site_sync")
    assert site_sync.environment["SITE_SYNC_FUNCTION"] == site_sync.name
    assert site_sync.environment["DATABASE_URL_PARAMETER"].startswith("/magento-sync/")
    assert site_sync.on_failure is not None
    assert (site_sync.retries, site_sync.max_event_age) == (2, 600)
    assert [schedule.expression for schedule in template.schedules] == ["rate(15 minutes)"]
    start = next(route for route in template.routes if route.key == "POST /api/magento/auto-sync")
    assert (start.function, start.authorization) == (template.function("manual_sync").name, "AWS_IAM")


def test_the_real_template_with_an_issuer_requires_tokens() -> None:
    given = {"JwtIssuer": "https://id.example", "JwtAudience": "app"}
    template = read_template(PROJECT / "template.yaml", given, "magento-sync")

    start = next(route for route in template.routes if route.key == "POST /api/magento/auto-sync")
    assert (start.authorization, start.scopes) == ("JWT", ("magento-sync/write",))


def test_with_snapstart_the_real_template_has_the_same_routes() -> None:
    with_aliases = {"ApiSnapStart": "true", "Release": "first"}

    assert (
        read_template(PROJECT / "template.yaml", with_aliases, "magento-sync").routes
        == read_template(PROJECT / "template.yaml", {}, "magento-sync").routes
    )
