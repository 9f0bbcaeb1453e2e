"""Asynchronous events: accepted at once, retried, and recorded in a queue after the last failure."""
# ruff: noqa: ANN401 - events and return values are any JSON

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.functions.event_queue import EventQueue
from local.aws.functions.invocation import Invocation, InvocationResult
from local.aws.template.model import Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

    Eventually = Callable[[Callable[[], Any]], Any]


def test_an_event_is_accepted_before_it_is_processed(
    small_stack: Stack, tmp_path: Path, eventually: Eventually
) -> None:
    began, until = tmp_path / "began", tmp_path / "until"

    small_stack.invoke_async("EchoFunction", {"do": "hold", "began": str(began), "until": str(until)})

    eventually(began.exists)
    assert small_stack.service.pending_events >= 1
    until.touch()
    eventually(lambda: small_stack.service.pending_events == 0)


def test_a_failing_event_is_tried_three_times_with_one_request_id_and_recorded(
    small_stack: Stack, eventually: Eventually
) -> None:
    request_id = small_stack.invoke_async("FailingFunction", {"do": "raise", "websiteId": "w1"})

    record = eventually(small_stack.failed_events)[0]

    assert small_stack.logs("FailingFunction").count(json.dumps({"request": request_id})) == 3
    assert record["version"] == "1.0"
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": "arn:aws:lambda:eu-west-1:123456789012:function:magento-sync-FailingFunction:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"do": "raise", "websiteId": "w1"}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "asked for"


def test_a_function_can_invoke_itself(small_stack: Stack, tmp_path: Path, eventually: Eventually) -> None:
    notes = tmp_path / "notes"

    small_stack.invoke("ChainFunction", {"file": str(notes), "count": 3})

    eventually(lambda: notes.read_text().split() == ["3", "2", "1", "0"])


class Recorder:
    """A queue whose invocations have prepared results."""

    def __init__(self, results: list[InvocationResult | None], retry_delays: tuple[float, ...]) -> None:
        self.results = results
        self.invoked: list[str] = []
        self.delivered: list[dict[str, Any]] = []
        self.closing = threading.Event()
        self.queue = EventQueue(
            self._invoke, lambda _, record: self.delivered.append(record), self.closing, retry_delays
        )

    def _invoke(self, _: Function, invocation: Invocation, __: float) -> InvocationResult | None:
        self.invoked.append(invocation.request_id)
        return self.results.pop(0)


FAILED = InvocationResult(b'{"errorType": "E"}', failed=True)


@pytest.fixture
def record() -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def make(results: list[InvocationResult | None], retry_delays: tuple[float, ...] = (0.0,)) -> Recorder:
        made.append(Recorder(results, retry_delays))
        return made[-1]

    yield make
    for each in made:
        each.closing.set()
        each.queue.close()


def function(**more: Any) -> Function:
    return Function("F", "f", Path(), "app.handler", on_failure="arn", **more)


def test_an_event_that_succeeds_on_a_retry_is_done(record: Callable[..., Recorder], eventually: Eventually) -> None:
    recorder = record([FAILED, InvocationResult(b"1")])

    recorder.queue.accept(function(), Invocation(b"{}"))

    eventually(lambda: recorder.queue.pending == 0)
    assert len(recorder.invoked) == 2
    assert len(set(recorder.invoked)) == 1
    assert recorder.delivered == []


def test_an_event_that_expires_before_its_retry_fails(record: Callable[..., Recorder], eventually: Eventually) -> None:
    recorder = record([FAILED], retry_delays=(60,))

    recorder.queue.accept(function(max_event_age=59), Invocation(b"{}"))

    eventually(lambda: recorder.delivered)
    context = recorder.delivered[0]["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


def test_an_event_that_concurrency_blocks_until_it_expires_fails_untried(
    record: Callable[..., Recorder], eventually: Eventually
) -> None:
    recorder = record([None])

    recorder.queue.accept(function(), Invocation(b"{}"))

    eventually(lambda: recorder.delivered)
    assert recorder.delivered[0]["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in recorder.delivered[0]


def test_closing_does_not_wait_for_a_retry(record: Callable[..., Recorder], eventually: Eventually) -> None:
    recorder = record([FAILED], retry_delays=(60,))
    recorder.queue.accept(function(), Invocation(b"{}"))
    eventually(lambda: recorder.invoked)

    began = time.monotonic()
    recorder.closing.set()
    recorder.queue.close()

    assert time.monotonic() - began < 5
    assert recorder.delivered == []
