"""SnapStart of the API's functions: each deployment publishes a version, which the API calls by an alias."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.template.intrinsics import Resolver, references_of
from tests.support.cloudformation import Stack

if TYPE_CHECKING:
    from tests.support.cloudformation import Json

FUNCTIONS = ("ManualSync", "Customers")
VERSION, ALIAS = "AWS::Lambda::Version", "AWS::Lambda::Alias"


def stack_of(release: str) -> Stack:
    return Stack({"ApiSnapStart": "true", "Release": release})


@pytest.fixture(scope="module")
def snap_stack() -> Stack:
    return stack_of("first")


def test_by_default_nothing_is_published_and_the_api_calls_the_functions(any_stack: Stack) -> None:
    assert not any_stack.of_type(VERSION)
    assert not any_stack.of_type(ALIAS)
    for name in FUNCTIONS:
        assert "SnapStart" not in any_stack.properties(f"{name}Function")
        assert "RELEASE" not in any_stack.environment(f"{name}Function")
        assert any_stack.properties(f"{name}Integration")["IntegrationUri"] == f"{name}Function.Arn"
        assert any_stack.properties(f"{name}Permission")["FunctionName"] == f"{name}Function"


def test_a_release_without_snapstart_changes_nothing(stack: Stack) -> None:
    assert Stack({"Release": "first"}).resources == stack.resources


@pytest.mark.parametrize("name", FUNCTIONS)
def test_with_snapstart_the_api_calls_a_published_version_only(snap_stack: Stack, name: str) -> None:
    assert snap_stack.properties(f"{name}Function")["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert snap_stack.properties(f"{name}Version")["FunctionName"] == f"{name}Function"
    assert snap_stack.properties(f"{name}Alias") == {
        "FunctionName": f"{name}Function",
        "FunctionVersion": f"{name}Version.Version",
        "Name": "live",
    }
    assert snap_stack.properties(f"{name}Integration")["IntegrationUri"] == f"{name}Alias"
    assert snap_stack.properties(f"{name}Permission")["FunctionName"] == f"{name}Alias"


def test_the_api_may_call_its_target_before_it_does(template: dict[str, Json]) -> None:
    """Otherwise requests fail for some seconds where SnapStart is turned on or off."""
    for name in FUNCTIONS:
        assert template["Resources"][f"{name}Integration"]["DependsOn"] == f"{name}Permission"


def test_only_the_functions_of_the_api_have_snapshots(snap_stack: Stack) -> None:
    with_snapshot = {name for name, it in snap_stack.of_type("AWS::Lambda::Function").items() if "SnapStart" in it}
    assert with_snapshot == {f"{name}Function" for name in FUNCTIONS}


def test_each_release_changes_the_functions_and_replaces_their_versions(snap_stack: Stack) -> None:
    """Lambda publishes a function only if it has changed, and CloudFormation only under another description."""
    later = stack_of("second")
    changed = {name for name, resource in later.resources.items() if resource != snap_stack.resources[name]}
    assert changed == {f"{name}{part}" for name in FUNCTIONS for part in ("Function", "Version")}
    for name in FUNCTIONS:
        assert later.properties(f"{name}Version")["Description"] == "second"
        assert later.environment(f"{name}Function")["RELEASE"] == "second"


def test_old_versions_are_deleted(template: dict[str, Json]) -> None:
    """The snapshot of a version costs money as long as the version exists."""
    for name in FUNCTIONS:
        version = template["Resources"][f"{name}Version"]
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("Delete", "Delete")


@pytest.mark.parametrize(
    ("snap_start", "release", "accepted"),
    [("false", "", True), ("false", "first", True), ("true", "first", True), ("true", "", False)],
)
def test_snapstart_without_a_release_is_refused(
    template: dict[str, Json], snap_start: str, release: str, *, accepted: bool
) -> None:
    given = {"ApiSnapStart": snap_start, "Release": release}
    resolver = Resolver(references_of(template, given, "magento-sync"), {}, template["Conditions"])
    rule = template["Rules"]["ReleaseOfSnapStart"]
    [assertion] = rule["Assertions"]

    applies = resolver.resolve(rule["RuleCondition"])

    assert (not applies or resolver.resolve(assertion["Assert"])) is accepted
    assert "make deploy" in assertion["AssertDescription"]
