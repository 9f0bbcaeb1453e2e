"""Calls the functions' handlers as Lambda does, and replaces the Lambda that they invoke."""

from __future__ import annotations

import importlib.util
import io
import json
import threading
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from magento_sync.observability import logger

if TYPE_CHECKING:
    from types import ModuleType

    import pytest

ROOT = Path(__file__).parents[2]


@dataclass
class Context:
    """The context of an invocation."""

    aws_request_id: str = "11111111-2222-3333-4444-555555555555"
    milliseconds: int = 900_000
    function_name: str = "magento-sync"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-1:123456789012:function:magento-sync"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@cache
def function(name: str) -> ModuleType:
    """Returns the module `functions/<name>/app.py`."""
    spec = importlib.util.spec_from_file_location(f"{name}_app", ROOT / "functions" / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def call(name: str, event: object, context: Context | None = None) -> Any:  # noqa: ANN401 - any JSON
    """Calls a function's handler with a copy of the event that JSON can represent."""
    return function(name).handler(json.loads(json.dumps(event)), context or Context())


@dataclass
class LambdaClient:
    """boto3's Lambda client: accepts or refuses events, and runs `site_sync` at once if `runs` is set.

    Attributes:
        turn: Held by a run, because all runs share one execution environment here.
    """

    runs: bool = True
    refuses: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, int]:  # noqa: N803 - boto3's
        assert (FunctionName, InvocationType) == ("site-sync", "Event")
        if self.refuses:
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "Rate exceeded"}}, "Invoke")
        event = json.loads(Payload)
        self.events.append(event)
        if self.runs:
            with self.turn:
                self.answers.append(call("site_sync", event))
        return {"StatusCode": 202}


@dataclass
class Output:
    """The output of the functions."""

    logs: io.StringIO
    capture: pytest.CaptureFixture[str]
    _printed: str = ""

    @property
    def text(self) -> str:
        """All logs and metrics so far."""
        self._printed += self.capture.readouterr().out
        return self.logs.getvalue() + self._printed


def listen(capture: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Output:
    """Captures the output of the functions."""
    logs = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", logs)
    return Output(logs, capture)
