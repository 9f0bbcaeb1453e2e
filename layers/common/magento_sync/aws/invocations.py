"""Asynchronous invocations of `site_sync`."""

from __future__ import annotations

import json
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from magento_sync.errors import InvocationRefused

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Three attempts with their pauses (up to 1 and 2 seconds) fit into the time that a dispatcher reserves for one start.
PATIENCE = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
_creation = Lock()  # a client serves several threads, but boto3 creates clients safely in one thread at a time only


def start_site_sync(function: str, *, website_id: str, run_id: str, trigger: str) -> None:
    """Invokes `site_sync` for a claimed run.

    A time-out may start it twice. That is harmless: only the process that acquires the run last can write.

    Raises:
        InvocationRefused: AWS did not accept the event.
    """
    payload = json.dumps({"websiteId": website_id, "runId": run_id, "trigger": trigger})
    try:
        _client().invoke(FunctionName=function, InvocationType="Event", Payload=payload.encode())
    except ClientError as error:
        raise InvocationRefused(f"Lambda refused to start {function} ({error.response['Error']['Code']}).") from None
    except BotoCoreError as error:
        raise InvocationRefused(f"Lambda could not be reached to start {function} ({type(error).__name__}).") from None


def _client() -> LambdaClient:
    with _creation:
        return _only_client()


@cache
def _only_client() -> LambdaClient:
    return boto3.client("lambda", config=PATIENCE)
