"""`failures`: the queue of failed events is shown without loss, and its events are sent again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops import failures
from tests.support.operator_commands import FUNCTION, REGION, STACK, make_queue

if TYPE_CHECKING:
    from tests.support.operator_commands import Command

# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
RECORD = {
    "version": "1.0",
    "timestamp": "2026-11-30T10:00:00.000Z",
    "requestContext": {
        "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
        "functionArn": f"arn:aws:lambda:{REGION}:123456789012:function:{FUNCTION}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "requestPayload": {"websiteId": "w1", "runId": "r1", "trigger": "schedule"},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "jan@example.com is secret", "errorType": "DatabaseUnavailable"},
}


@dataclass
class Lambda:
    """Lambda's side of asynchronous invocations, which moto cannot run."""

    refuses: bool = False
    events: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, int]:  # noqa: N803 - boto3's
        assert InvocationType == "Event"
        if self.refuses:
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "x"}}, "Invoke")
        self.events.append((FunctionName, json.loads(Payload)))
        return {"StatusCode": 202}


@pytest.fixture
def lambda_(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    made = Lambda()
    monkeypatch.setattr(failures, "lambda_", lambda: made)
    return made


@pytest.fixture
def queue(stage: object) -> str:
    """The stage's failure queue, with two failures of syncs."""
    assert stage
    url = make_queue()
    sqs = boto3.client("sqs", region_name=REGION)
    for website in ("w1", "w2"):
        body = RECORD | {"requestPayload": {"websiteId": website, "runId": "r1", "trigger": "schedule"}}
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    return url


@pytest.mark.usefixtures("queue")
def test_failures_are_listed_again_and_again_without_the_error_s_text(ops: Command) -> None:
    for _ in range(2):
        done = ops("failures", "list", "--json")

        assert done.code == 1
        assert sorted(one["event"]["websiteId"] for one in done.json) == ["w1", "w2"]
        assert {one["error"] for one in done.json} == {"DatabaseUnavailable"}
        assert {one["function"] for one in done.json} == {FUNCTION}
        assert "jan@example.com" not in done.out


@pytest.mark.usefixtures("queue")
def test_one_failure_is_sent_again_and_the_other_stays(ops: Command, lambda_: Lambda) -> None:
    first, second = ops("failures", "list", "--json").json

    done = ops("failures", "retry", first["id"])

    assert done.code == 0
    assert lambda_.events == [(FUNCTION, first["event"])]
    assert [one["id"] for one in ops("failures", "list", "--json").json] == [second["id"]]


@pytest.mark.usefixtures("queue")
def test_all_failures_are_sent_again(ops: Command, lambda_: Lambda) -> None:
    ops("failures", "retry", "--all")

    assert sorted(event["websiteId"] for _, event in lambda_.events) == ["w1", "w2"]
    assert ops("failures", "list").out == "No event has failed.\n"


def test_a_failure_stays_in_the_queue_if_lambda_refuses_it(ops: Command, lambda_: Lambda, queue: str) -> None:
    lambda_.refuses = True

    done = ops("failures", "retry", "--all")

    assert done.code == 1
    assert "TooManyRequestsException" in done.err
    answer = boto3.client("sqs", region_name=REGION).get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
    hidden = int(answer["Attributes"]["ApproximateNumberOfMessagesNotVisible"])
    assert int(answer["Attributes"]["ApproximateNumberOfMessages"]) + hidden == 2


@pytest.mark.usefixtures("queue")
def test_an_unknown_failure_sends_nothing(ops: Command, lambda_: Lambda) -> None:
    done = ops("failures", "retry", "nothing")

    assert done.code == 1
    assert "Nothing was sent" in done.err
    assert lambda_.events == []
    assert len(ops("failures", "list", "--json").json) == 2


@pytest.mark.usefixtures("stage")
def test_an_event_that_the_schedule_could_not_deliver_goes_to_the_fan_out(ops: Command, lambda_: Lambda) -> None:
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    boto3.client("sqs", region_name=REGION).send_message(
        QueueUrl=make_queue(),
        MessageBody='{"time": "2026-11-30T10:00:00Z"}',
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": "AWS.Lambda.Throttled"}},
    )

    (one,) = ops("failures", "list", "--json").json
    assert one["error"] == "AWS.Lambda.Throttled"
    ops("failures", "retry", "--all")

    assert lambda_.events == [(f"{STACK}-cron-fanout", {"time": "2026-11-30T10:00:00Z"})]


@pytest.mark.usefixtures("stage")
def test_a_stack_without_a_queue_is_named(ops: Command) -> None:
    done = ops("failures", "list", "--stack", "other")

    assert done.code == 1
    assert "There is no queue other-FailureQueue" in done.err
