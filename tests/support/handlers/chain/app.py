"""Invokes itself until the event's count is zero, and writes each count to a file."""
# ruff: noqa: ANN401 - the context class is part of the runtime client

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3

CLIENT = boto3.client("lambda")


def handler(event: dict[str, Any], context: Any) -> int:
    with Path(event["file"]).open("a") as notes:
        notes.write(f"{event['count']}\n")
    if event["count"]:
        again = json.dumps({**event, "count": event["count"] - 1})
        CLIENT.invoke(FunctionName=context.function_name, InvocationType="Event", Payload=again)
    return int(event["count"])
