"""Does what the event says."""
# ruff: noqa: ANN401, T201 - events are any JSON, and print is how a function logs

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

STATE = {"invocations": 0}


def handler(event: dict[str, Any], context: Any) -> Any:
    STATE["invocations"] += 1
    print(json.dumps({"request": context.aws_request_id}))
    what = event.get("do", "respond" if "routeKey" in event else "describe")
    return globals()[f"do_{what}"](event, context)


def do_describe(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {
        "event": event,
        "pid": os.getpid(),
        "invocations": STATE["invocations"],
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "remaining": context.get_remaining_time_in_millis(),
        "environment": dict(os.environ),
        "folder": str(Path.cwd()),
        "path": sys.path,
    }


def do_answer(event: dict[str, Any], _: Any) -> Any:
    return event["answer"]


def do_raise(_: dict[str, Any], __: Any) -> None:
    raise ValueError("asked for")


def do_sleep(event: dict[str, Any], _: Any) -> str:
    time.sleep(event["seconds"])
    return "slept"


def do_hold(event: dict[str, Any], _: Any) -> str:
    Path(event["began"]).touch()
    while not Path(event["until"]).exists():
        time.sleep(0.005)
    return "held"


def do_import(event: dict[str, Any], _: Any) -> str:
    return str(importlib.import_module(event["name"]).__file__)


def do_respond(event: dict[str, Any], _: Any) -> Any:
    """Returns what the request's body says, or the event itself."""
    wanted = json.loads(event.get("body") or "{}") if not event["isBase64Encoded"] else {}
    time.sleep(wanted.pop("sleep", 0))
    if "raise" in wanted:
        raise ValueError(wanted["raise"])
    return wanted.get("answer", {"statusCode": 200, "body": json.dumps(event)})


def do_large(_: dict[str, Any], __: Any) -> str:
    return "x" * (6 * 1024 * 1024 + 200)


def do_exit(event: dict[str, Any], _: Any) -> None:
    os._exit(event["status"])


def do_kill(_: dict[str, Any], __: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
