"""`failures list` and `retry`: the queue of events that failed after all retries."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from magento_sync.errors import OperatorError
from ops.aws import asking_aws, lambda_, sqs
from ops.operator import Operator, on_target
from ops.output import TO_REPAIR, Answer, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.target import Target

LOGICAL_ID = "FailureQueue"
HIDDEN_SECONDS = 60  # in which no other reader sees a message
WAIT_SECONDS = 2  # without a wait, SQS asks some of its servers only, and an answer may be empty
MOST_AT_ONCE = 10  # SQS's maximum


class NoQueue(OperatorError):
    """The stack has no failure queue."""


class NotInQueue(OperatorError):
    """The queue holds no such failure; nothing was sent."""


@dataclass(frozen=True)
class Failure:
    """One failed event.

    Attributes:
        id: SQS's id of the message.
        function: The name of the function that failed.
        event: What it was invoked with.
        error: The type of the error; its text is in the function's log under the request's id.
    """

    id: str
    time: str
    function: str
    request_id: str
    error: str
    event: dict[str, Any]
    receipt: str = field(repr=False)

    @property
    def data(self) -> dict[str, object]:
        """What is shown of it."""
        return {key: value for key, value in vars(self).items() if key != "receipt"}


@click.group()
def failures() -> None:
    """Show the events that failed after all retries, or send them again."""


@failures.command("list")
@on_target
def list_(operator: Operator) -> Answer:
    """List the failed events. The exit code is 1 if there are any."""
    queue = FailureQueue(operator.target)
    found = queue.read()
    queue.release(found)
    if not found:
        return Answer([], "No event has failed.")
    rows = [
        [one.id, one.time, one.function, one.event.get("websiteId", ""), one.error, one.request_id] for one in found
    ]
    headings = ("Id", "Time", "Function", "Website", "Error", "Request (in the log)")
    return Answer([one.data for one in found], table(headings, rows), TO_REPAIR)


@failures.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="All of them.")
@on_target
def retry(operator: Operator, ids: tuple[str, ...], *, every: bool) -> Answer:
    """Send failed events to their functions again, and remove them from the queue.

    An event of a run that has ended is harmless: the function skips it.
    """
    if bool(ids) == every:
        raise click.UsageError("Name failures by their ids, or give --all.")
    queue = FailureQueue(operator.target)
    found = queue.read()
    chosen = [one for one in found if every or one.id in ids]
    missing = set(ids) - {one.id for one in chosen}
    if missing:
        queue.release(found)
        raise NotInQueue(f"Not in the queue: {', '.join(sorted(missing))}. Nothing was sent.")
    queue.release([one for one in found if one not in chosen])
    for one in chosen:
        queue.send_again(one)
    return Answer([one.data for one in chosen], f"Sent {len(chosen)} of {len(found)} failed events again.")


class FailureQueue:
    """The stack's queue of failed events."""

    def __init__(self, target: Target) -> None:
        if not target.has_aws:
            raise click.UsageError("The failure queue is in SQS: give --stage or --local.")
        self._target = target
        self._sqs = sqs()
        with asking_aws("list the queues"):
            urls = self._sqs.list_queues(QueueNamePrefix=f"{target.stack}-{LOGICAL_ID}").get("QueueUrls", [])
        if not urls:
            raise NoQueue(f"There is no queue {target.stack}-{LOGICAL_ID}…: check --stage, --stack and --region.")
        self._url = urls[0]

    def count(self) -> int:
        """Returns how many failures wait, about."""
        with asking_aws("count the failure queue"):
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def read(self) -> list[Failure]:
        """Returns all failures, and hides them from other readers for a minute."""
        found: dict[str, Failure] = {}
        while True:
            with asking_aws("read the failure queue"):
                answer = self._sqs.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=MOST_AT_ONCE,
                    VisibilityTimeout=HIDDEN_SECONDS,
                    WaitTimeSeconds=WAIT_SECONDS,
                    MessageAttributeNames=["All"],
                )
            batch = {message["MessageId"]: _failure(message) for message in answer.get("Messages", [])}
            # A message that comes again has been hidden for a minute: all have been seen.
            if not batch.keys() - found.keys():
                return sorted((found | batch).values(), key=lambda one: one.time)
            found |= batch

    def release(self, found: Sequence[Failure]) -> None:
        """Shows failures to other readers again."""
        for one in found:
            with asking_aws("return a failure to the queue"):
                self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=one.receipt, VisibilityTimeout=0)

    def send_again(self, one: Failure) -> None:
        """Invokes the function with the event, then deletes the message: an interruption repeats, but loses nothing."""
        function = one.function or f"{self._target.stack}-cron-fanout"
        with asking_aws(f"invoke {function}"):
            lambda_().invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(one.event).encode())
        with asking_aws("delete a failure from the queue"):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=one.receipt)


def _failure(message: Any) -> Failure:  # noqa: ANN401 - boto3's
    """Reads the record of a failed invocation, or the event that the schedule could not deliver.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = {}
    context = body.get("requestContext", {}) if isinstance(body, dict) else {}
    attributes = message.get("MessageAttributes", {})
    event = body.get("requestPayload") if context else body
    return Failure(
        id=message["MessageId"],
        time=str(body.get("timestamp") or body.get("time") or "") if isinstance(body, dict) else "",
        function=str(context.get("functionArn", "")).partition(":function:")[2].partition(":")[0],
        request_id=str(context.get("requestId", "")),
        error=_error(body, context, attributes),
        event=event if isinstance(event, dict) else {},
        receipt=message["ReceiptHandle"],
    )


def _error(body: Any, context: Any, attributes: Any) -> str:  # noqa: ANN401 - JSON
    if not context:
        return str(attributes.get("ERROR_CODE", {}).get("StringValue", "not delivered"))
    payload = body.get("responsePayload")
    return str(payload.get("errorType") if isinstance(payload, dict) else context.get("condition"))
