"""`make deploy`: nothing is built without credentials, a region and the decisions of a first import."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from ops.deployment import (
    DECISIONS,
    Deployment,
    DeploymentBlocked,
    check,
    main,
    next_steps,
    read_settings,
    sam_arguments,
)
from tests.support.raw_server import raw_server

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / "samconfig.toml").read_text("utf-8")
DECIDED = Deployment("magento-sync", tuple(f"{name}=0" for name in DECISIONS), profile=None, region=None)
NOW = datetime(2026, 12, 1, 4, 5, 6, tzinfo=UTC)
TEMPLATE = {
    "Parameters": {"ApiSnapStart": {"Type": "String", "Default": "false"}},
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {
        "NextStep2Run": {"Value": "second"},
        "NextStep1Confirm": {"Value": "first"},
        "ApiUrl": {"Value": "https://api.example"},
    },
}


@pytest.fixture(autouse=True)
def no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with mock_aws():
        yield


def test_missing_credentials_are_named() -> None:
    with pytest.raises(DeploymentBlocked, match=r"There are no AWS credentials. Sign in"):
        check(DECIDED)


def test_a_missing_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(DeploymentBlocked, match="No AWS region is set"):
        check(DECIDED)


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")

    with pytest.raises(DeploymentBlocked, match=r"profile \(nobody\) could not be found"):
        check(DECIDED)


def test_refused_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>key AKIA</Message></Error></ErrorResponse>"
    answer = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with raw_server(lambda client: client.send(answer)) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{port}")
        with pytest.raises(DeploymentBlocked, match=r"AWS refuses the credentials \(ExpiredToken\)") as error:
            check(DECIDED)
    assert "AKIA" not in str(error.value)


@pytest.mark.usefixtures("account")
def test_account_and_region_are_named_before_anything_is_built() -> None:
    assert check(DECIDED) == "Deploying magento-sync to the account 123456789012, region eu-west-1."


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("environment", ["default", "prod"])
def test_a_first_deployment_needs_the_decisions_that_cannot_be_changed_later(environment: str) -> None:
    deployment = read_settings(SHIPPED, environment)

    with pytest.raises(DeploymentBlocked) as error:
        check(deployment)

    assert all(name in str(error.value) for name in DECISIONS)


@pytest.mark.usefixtures("account")
def test_a_later_deployment_needs_no_decisions_and_shows_the_next_steps_in_their_order() -> None:
    boto3.client("cloudformation").create_stack(StackName="magento-sync", TemplateBody=json.dumps(TEMPLATE))
    deployment = read_settings(SHIPPED, "default")

    assert "magento-sync" in check(deployment)
    assert next_steps(deployment) == ["1. first", "2. second"]


@pytest.mark.usefixtures("account")
def test_without_a_stack_there_are_no_next_steps() -> None:
    assert next_steps(DECIDED) == []


def test_an_unknown_environment_is_named() -> None:
    with pytest.raises(DeploymentBlocked, match="no environment test, only default and prod"):
        read_settings(SHIPPED, "test")


def test_the_decisions_are_parameters_of_the_template() -> None:
    template = (ROOT / "template.yaml").read_text("utf-8")

    assert all(f"\n  {name}:\n" in template for name in DECISIONS)


def settings_with(overrides: str) -> str:
    return f'[default.deploy.parameters]\nstack_name = "it"\nparameter_overrides = {overrides}'


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_without_snapstart_sam_gets_its_settings_from_samconfig_alone(environment: str) -> None:
    deployment = read_settings(SHIPPED, environment)

    assert sam_arguments(deployment, environment, NOW) == ["deploy", "--config-env", environment]


@pytest.mark.parametrize(
    ("overrides", "given"),
    [
        (
            """["Stage=prod", 'Contact="Our shop, ops"', "ApiSnapStart=true"]""",
            ["Stage=prod", 'Contact="Our shop, ops"', "ApiSnapStart=true"],
        ),
        ('"Stage=prod ApiSnapStart=true"', ["Stage=prod ApiSnapStart=true"]),
        ("""['ApiSnapStart="true"']""", ['ApiSnapStart="true"']),
    ],
)
def test_with_snapstart_sam_gets_all_overrides_and_the_time(overrides: str, given: list[str]) -> None:
    deployment = read_settings(settings_with(overrides), "default")

    assert sam_arguments(deployment, "default", NOW) == [
        *("deploy", "--config-env", "default", "--parameter-overrides"),
        *given,
        "Release=2026-12-01T04:05:06Z",
    ]


def test_the_time_is_a_valid_release() -> None:
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))

    assert re.fullmatch(template["Parameters"]["Release"]["AllowedPattern"], "2026-12-01T04:05:06Z")


def test_sam_replaces_the_command_and_no_shell_reads_its_arguments(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("samconfig.toml").write_text(settings_with("""['Contact="$HOME; a b"', "ApiSnapStart=true"]"""))
    monkeypatch.setattr(sys, "argv", ["deployment", "sam", "default", "--sam", "its own/sam"])
    called: list[tuple[str, list[str]]] = []
    monkeypatch.setattr("ops.deployment.os.execvp", lambda file, arguments: called.append((file, arguments)))

    main()

    [(file, arguments)] = called
    assert file == arguments[0] == "its own/sam"
    assert arguments[1:-1] == [
        *("deploy", "--config-env", "default", "--parameter-overrides"),
        *('Contact="$HOME; a b"', "ApiSnapStart=true"),
    ]


@pytest.mark.usefixtures("account")
def test_snapstart_is_never_kept_without_a_word_in_samconfig() -> None:
    """AWS keeps the value of a parameter that is not given; without a new Release, the API would keep its old code."""
    boto3.client("cloudformation").create_stack(
        StackName="it",
        TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "ApiSnapStart", "ParameterValue": "true"}],
    )

    with pytest.raises(DeploymentBlocked, match="it uses SnapStart"):
        check(read_settings(settings_with('["Stage=default"]'), "default"))
    for value in ("true", "false"):
        assert check(read_settings(settings_with(f'["ApiSnapStart={value}"]'), "default"))
