"""Least privilege: each function has exactly the permissions listed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infrastructure.conftest import KEY
from tests.support.cloudformation import Json, Stack, as_list, statements

if TYPE_CHECKING:
    from collections.abc import Iterable

PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/magento-sync/default"
EVERY_FUNCTION = {("ssm:GetParameter", f"{PARAMETER}/database-url")}
START_SYNCS = ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:123456789012:function:magento-sync-site-sync")
CREDENTIALS = ("ssm:GetParameter", f"{PARAMETER}/websites/*")
FAILED_EVENTS = ("sqs:SendMessage", "FailureQueue.Arn")
EXPECTED = {
    "SiteSync": {CREDENTIALS, FAILED_EVENTS, START_SYNCS},
    "CronFanout": {FAILED_EVENTS, START_SYNCS},
    "ManualSync": {START_SYNCS},
    "Customers": set[tuple[str, str]](),
}
# Resources that end in an asterisk, with the reason.
WIDE = {
    f"{PARAMETER}/websites/*": "a website is added without a deployment",
    "SiteSyncLogGroup.Arn:*": "the streams of this one log group",
    "CronFanoutLogGroup.Arn:*": "the streams of this one log group",
    "ManualSyncLogGroup.Arn:*": "the streams of this one log group",
    "CustomersLogGroup.Arn:*": "the streams of this one log group",
}


def grants(document: Iterable[dict[str, Json]]) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in document
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def granted_to(stack: Stack, name: str) -> set[tuple[str, str]]:
    """Returns the permissions of a function's role and its managed policies."""
    role = stack.properties(f"{name}Role")
    documents = [it["PolicyDocument"]["Statement"] for it in role["Policies"]]
    documents += [
        stack.properties(it)["PolicyDocument"]["Statement"] for it in role["ManagedPolicyArns"] if it in stack.resources
    ]
    return {grant for document in documents for grant in grants(document)}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_function_has_exactly_the_permissions_that_it_needs(stack: Stack, name: str) -> None:
    log = {(action, f"{name}LogGroup.Arn:*") for action in ("logs:CreateLogStream", "logs:PutLogEvents")}
    assert granted_to(stack, name) == EVERY_FUNCTION | EXPECTED[name] | log
    assert stack.properties(f"{name}Function")["Role"] == f"{name}Role.Arn"


def test_only_site_sync_may_read_the_shops_credentials(any_stack: Stack) -> None:
    assert {name for name in EXPECTED if CREDENTIALS in granted_to(any_stack, name)} == {"SiteSync"}


def test_nothing_is_granted_by_wildcard(any_stack: Stack) -> None:
    for place, statement in statements(any_stack):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys(), place
        for action, resource in grants([statement]):
            assert "*" not in action, place
            assert "*" not in resource or resource in WIDE, (place, resource)


def test_a_customer_managed_key_is_usable_through_ssm_only(stack: Stack, full_stack: Stack) -> None:
    assert not [it for _, it in statements(stack) if "kms:" in str(it["Action"])]
    [(place, statement)] = [found for found in statements(full_stack) if "kms:" in str(found[1]["Action"])]
    assert place == "FunctionPolicy"
    assert grants([statement]) == {("kms:Decrypt", KEY)}
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": "ssm.eu-west-1.amazonaws.com"}}


@pytest.mark.parametrize("name", EXPECTED)
def test_only_functions_in_a_vpc_may_create_network_interfaces(stack: Stack, full_stack: Stack, name: str) -> None:
    policies = stack.properties(f"{name}Role")["ManagedPolicyArns"]
    assert set(policies) <= {"FunctionPolicy", "StarterPolicy"}
    assert full_stack.properties(f"{name}Role")["ManagedPolicyArns"] == [
        *policies,
        "arn:aws:iam::aws:policy/service-role/AWSLambdaENIManagementAccess",
    ]


def test_the_schedule_may_invoke_the_fanout_and_write_to_the_failure_queue(any_stack: Stack) -> None:
    [schedule] = any_stack.of_type("AWS::Scheduler::Schedule").values()
    role = any_stack.properties(schedule["Target"]["RoleArn"].removesuffix(".Arn"))
    granted = grants(statement for it in role["Policies"] for statement in it["PolicyDocument"]["Statement"])
    assert granted == {("lambda:InvokeFunction", "CronFanoutFunction.Arn"), FAILED_EVENTS}


def test_only_aws_services_can_assume_the_roles(any_stack: Stack) -> None:
    principals = {
        str(statement["Principal"])
        for role in any_stack.of_type("AWS::IAM::Role").values()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }
    assert principals <= {
        "{'Service': 'lambda.amazonaws.com'}",
        "{'Service': ['lambda.amazonaws.com']}",
        "{'Service': ['scheduler.amazonaws.com']}",
    }
