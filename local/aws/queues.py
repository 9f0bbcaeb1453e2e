"""The template's SQS queues."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.clients import client
from local.aws.template.model import queue_arn

if TYPE_CHECKING:
    from collections.abc import Iterable


class Queues:
    """Creates the queues of these names in the SQS at that URL."""

    def __init__(self, url: str, names: Iterable[str]) -> None:
        self._client = client("sqs", url)
        self._urls = {queue_arn(name): self._client.create_queue(QueueName=name)["QueueUrl"] for name in names}

    def send(self, arn: str, record: dict[str, Any]) -> None:
        """Sends a record to the queue of that ARN.

        Raises:
            KeyError: The template has no such queue.
        """
        self._client.send_message(QueueUrl=self._urls[arn], MessageBody=json.dumps(record))

    def take(self) -> list[dict[str, Any]]:
        """Returns all records of all queues, and deletes them."""
        records = []
        for url in self._urls.values():
            while messages := self._client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for received in messages:
                    records.append(json.loads(received["Body"]))
                    self._client.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
        return records

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
