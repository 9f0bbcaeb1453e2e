"""Asynchronous invocations of `site_sync`."""

from __future__ import annotations

import json

from magento_sync.aws.clients import client
from magento_sync.errors import InvocationRefused


def start_site_sync(function: str, *, website_id: str, run_id: str, trigger: str) -> None:
    """Invokes `site_sync` for a claimed run.

    A time-out may start it twice. That is harmless: only the process that acquires the run last can write.

    Raises:
        InvocationRefused: AWS did not accept the event.
    """
    service = client("lambda")
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see clients.py

    payload = json.dumps({"websiteId": website_id, "runId": run_id, "trigger": trigger})
    try:
        service.invoke(FunctionName=function, InvocationType="Event", Payload=payload.encode())
    except ClientError as error:
        raise InvocationRefused(f"Lambda refused to start {function} ({error.response['Error']['Code']}).") from None
    except BotoCoreError as error:
        raise InvocationRefused(f"Lambda could not be reached to start {function} ({type(error).__name__}).") from None
