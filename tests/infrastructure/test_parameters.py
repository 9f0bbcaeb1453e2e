"""The template's parameters and samconfig.toml."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.support.cloudformation import ROOT

if TYPE_CHECKING:
    from tests.support.cloudformation import Json

SECRET = re.compile(r"secret|password|passwd|token|credential|api_?key|AKIA|ASIA|postgres(ql)?://", re.IGNORECASE)


@pytest.fixture(scope="module")
def samconfig() -> dict[str, Json]:
    return tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))


def test_every_parameter_is_described_and_constrained_and_used(template: dict[str, Json]) -> None:
    source = (ROOT / "template.yaml").read_text(encoding="utf-8")
    for name, parameter in template["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        constrained = (
            "AllowedPattern" in parameter
            or "AllowedValues" in parameter
            or {"MinValue", "MaxValue"} <= parameter.keys()
        )
        assert constrained, name
        assert "Default" in parameter, name
        assert re.search(rf"!Ref {name}\b|\$\{{{name}\}}", source), name


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("AllowedOrigins", "", True),
        ("AllowedOrigins", "https://app.example,http://localhost:3000", True),
        ("AllowedOrigins", "*", False),
        ("AllowedOrigins", "https://*.example", False),
        ("AllowedOrigins", "https://app.example/", False),
        ("AllowedOrigins", "https://app.example,", False),
        ("JwtIssuer", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", True),
        ("JwtIssuer", "http://issuer.example", False),
        ("JwtAudience", "app,backend", True),
        ("JwtAudience", "app,", False),
        ("JwtAudience", ",app", False),
        ("ParameterKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/1234-ab", True),
        ("ParameterKeyArn", "alias/aws/ssm", False),
        ("SubnetIds", "subnet-0ab1,subnet-2", True),
        ("SubnetIds", "subnet-0ab1, subnet-2", False),
        ("SecurityGroupIds", "sg-0ab1", True),
        ("SecurityGroupIds", "0ab1", False),
        ("AlarmEmail", "ops@app.example", True),
        ("AlarmEmail", "ops", False),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:123456789012:ops", True),
        ("AlarmTopicArn", "ops", False),
        ("Stage", "prod", True),
        ("Stage", "pro/d", False),
        ("Stage", "a*", False),
    ],
)
def test_patterns_accept_valid_values_only(template: dict[str, Json], name: str, value: str, *, fits: bool) -> None:
    assert bool(re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)) is fits


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_both_sam_environments_are_complete(samconfig: dict[str, Json], environment: str) -> None:
    settings = {command: it["parameters"] for command, it in samconfig[environment].items()}
    assert settings["build"] == {"cached": True, "parallel": True}
    assert settings["validate"] == {"lint": True}
    deploy = settings["deploy"]
    assert deploy["capabilities"] == "CAPABILITY_IAM"
    assert deploy["resolve_s3"] is True
    assert deploy["confirm_changeset"] is True


def test_the_sam_environments_share_no_stack_or_stage(samconfig: dict[str, Json]) -> None:
    names = {samconfig[it]["global"]["parameters"]["stack_name"] for it in ("default", "prod")}
    stages = {it for one in ("default", "prod") for it in samconfig[one]["deploy"]["parameters"]["parameter_overrides"]}
    assert names == {"magento-sync", "magento-sync-prod"}
    assert {"Stage=default", "Stage=prod"} <= stages


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_overrides_are_valid_values_of_existing_parameters(
    samconfig: dict[str, Json], template: dict[str, Json], environment: str
) -> None:
    for override in samconfig[environment]["deploy"]["parameters"]["parameter_overrides"]:
        name, value = override.split("=", 1)
        parameter = template["Parameters"][name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value)
        assert value in {str(it) for it in parameter.get("AllowedValues", [value])}


def test_samconfig_contains_no_secret(samconfig: dict[str, Json]) -> None:
    assert not SECRET.search(str(samconfig))


def test_the_outputs_say_what_to_do_next(template: dict[str, Json]) -> None:
    steps = [name for name in template["Outputs"] if name.startswith("NextStep")]
    assert steps == sorted(steps)
    assert list(template["Outputs"])[: len(steps)] == steps
    for name in ("NextStep2DryRun", "NextStep3FirstSync"):
        payload = re.search(r"--payload '(.+?)'", str(template["Outputs"][name]["Value"]["Fn::Sub"]))
        assert payload
        event = json.loads(payload[1])
        assert event["websiteId"] == "WEBSITE_ID"
        assert event.get("dryRun", False) is (name == "NextStep2DryRun")
