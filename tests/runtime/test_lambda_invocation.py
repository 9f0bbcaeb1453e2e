"""Synchronous invocation, as boto3 and a handler see it."""
# ruff: noqa: ANN401 - events and return values are any JSON

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.errors import FunctionError
from local.packages import LAYER_SOURCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

    Eventually = Callable[[Callable[[], Any]], Any]


def refusal(stack: Stack, **call: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        stack.lambda_client.invoke(**call)
    return dict(caught.value.response)


def test_an_invocation_returns_the_handler_s_value_and_has_the_function_s_context(small_stack: Stack) -> None:
    answer = small_stack.invoke("EchoFunction", {"a": "é"})

    assert answer["event"] == {"a": "é"}
    assert answer["name"] == "magento-sync-echo"
    assert answer["arn"] == "arn:aws:lambda:eu-west-1:123456789012:function:magento-sync-echo"
    assert 9000 < answer["remaining"] <= 10000


def test_a_second_invocation_reuses_the_environment(small_stack: Stack) -> None:
    small_stack.service.recycle("magento-sync-echo")

    cold, warm = (small_stack.invoke("EchoFunction") for _ in range(2))

    assert (cold["invocations"], warm["invocations"]) == (1, 2)
    assert warm["pid"] == cold["pid"]
    assert warm["requestId"] != cold["requestId"]


def test_an_environment_is_frozen_between_invocations(
    small_stack: Stack, eventually: Eventually, process_state: Callable[[int], str]
) -> None:
    pid = small_stack.invoke("EchoFunction")["pid"]

    eventually(lambda: process_state(pid) == "T")
    assert small_stack.invoke("EchoFunction")["pid"] == pid  # and thawed
    eventually(lambda: process_state(pid) == "T")


def test_a_function_s_environment_contains_aws_s_variables_only(
    small_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    small_stack.service.recycle("magento-sync-echo")

    answer = small_stack.invoke("EchoFunction")

    seen = answer["environment"]
    known = {"PATH", "LD_LIBRARY_PATH", "LANG", "LC_CTYPE", "TZ", "PYTHONPATH", "LAMBDA_TASK_ROOT", "_HANDLER"}
    own = {"WORD", "OWN", "DATABASE_URL_PARAMETER", "_X_AMZN_TRACE_ID"}
    assert {name for name in seen if not name.startswith("AWS_")} - known == own
    assert "AWS_PROFILE" not in seen
    assert seen["TZ"] == ":UTC"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "magento-sync-echo"
    assert seen["OWN"] == "hello-eu-west-1"
    assert answer["folder"] == seen["LAMBDA_TASK_ROOT"]
    assert not [entry for entry in answer["path"] if "site-packages" in entry]


def test_a_function_can_import_the_layer_and_the_runtime_only(small_stack: Stack) -> None:
    imported = Path(small_stack.invoke("EchoFunction", {"do": "import", "name": "magento_sync"}))
    assert imported == LAYER_SOURCE / "magento_sync" / "__init__.py"
    assert "runtime" in small_stack.invoke("EchoFunction", {"do": "import", "name": "boto3"})

    with pytest.raises(FunctionError) as caught:
        small_stack.invoke("MissingFunction")

    assert caught.value.error["errorType"] == "Runtime.ImportModuleError"
    assert caught.value.error["errorMessage"] == "Unable to import module 'app': No module named 'flask'"


def test_a_handler_s_error_has_type_message_and_trace(small_stack: Stack) -> None:
    answered = small_stack.lambda_client.invoke(FunctionName="magento-sync-echo", Payload=b'{"do": "raise"}')

    with answered["Payload"] as body:
        error = json.loads(body.read())
    assert answered["StatusCode"] == 200
    assert answered["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "asked for")
    assert "do_raise" in "".join(error["stackTrace"])


def test_a_failed_start_is_an_error_each_time(small_stack: Stack) -> None:
    for _ in range(2):
        with pytest.raises(FunctionError, match="RuntimeError: no configuration"):
            small_stack.invoke("BrokenFunction")


def test_a_function_is_killed_at_its_time_out(small_stack: Stack, process_state: Callable[[int], str]) -> None:
    pid = small_stack.invoke("ImpatientFunction")["pid"]

    began = time.monotonic()
    with pytest.raises(FunctionError, match=r"Sandbox\.Timedout: .*Task timed out after 1\.00 seconds"):
        small_stack.invoke("ImpatientFunction", {"do": "sleep", "seconds": 30})

    assert 1 <= time.monotonic() - began < 4
    assert process_state(pid) == ""
    assert small_stack.invoke("ImpatientFunction")["invocations"] == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"do": "exit", "status": 0}, "Runtime exited without providing a reason"),
        ({"do": "exit", "status": 3}, "Runtime exited with error: exit status 3"),
        ({"do": "kill"}, "Runtime exited with error: signal: killed"),
    ],
)
def test_a_crash_is_an_error_and_the_next_invocation_is_a_cold_start(
    small_stack: Stack, event: dict[str, Any], reason: str
) -> None:
    small_stack.service.recycle("magento-sync-echo")

    with pytest.raises(FunctionError, match=rf"Runtime\.ExitError: RequestId: .* Error: {reason}"):
        small_stack.invoke("EchoFunction", event)

    assert small_stack.invoke("EchoFunction")["invocations"] == 1


def test_an_environment_that_dies_while_frozen_is_replaced(small_stack: Stack, eventually: Eventually) -> None:
    pid = small_stack.invoke("EchoFunction")["pid"]
    os.kill(pid, 9)
    eventually(lambda: not os.path.exists(f"/proc/{pid}"))  # noqa: PTH110 - shorter

    assert small_stack.invoke("EchoFunction")["pid"] != pid


def test_concurrent_invocations_have_an_environment_each(
    small_stack: Stack, tmp_path: Path, eventually: Eventually
) -> None:
    with ThreadPoolExecutor(2) as pool:
        until = tmp_path / "until"
        began = [tmp_path / "one", tmp_path / "two"]
        held = [
            pool.submit(small_stack.invoke, "EchoFunction", {"do": "hold", "began": str(each), "until": str(until)})
            for each in began
        ]
        eventually(lambda: all(each.exists() for each in began))
        until.touch()

        assert [each.result() for each in held] == ["held", "held"]


def test_reserved_concurrency_refuses_calls_and_delays_events(
    small_stack: Stack, tmp_path: Path, eventually: Eventually
) -> None:
    until, began, later = tmp_path / "until", tmp_path / "began", tmp_path / "later"
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(
            small_stack.invoke, "SingleFunction", {"do": "hold", "began": str(began), "until": str(until)}
        )
        eventually(began.exists)

        refused = refusal(small_stack, FunctionName="magento-sync-SingleFunction")
        small_stack.invoke_async("SingleFunction", {"do": "hold", "began": str(later), "until": str(until)})

        assert refused["Error"]["Code"] == "TooManyRequestsException"
        assert refused["Reason"] == "ConcurrentInvocationLimitExceeded"
        assert not later.exists()
        until.touch()
        assert held.result() == "held"
    eventually(later.exists)


def test_an_unknown_function_is_not_found(small_stack: Stack) -> None:
    refused = refusal(small_stack, FunctionName="nobody")

    assert refused["Error"]["Code"] == "ResourceNotFoundException"
    assert refused["Error"]["Message"] == "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:nobody"
    assert refused["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_payloads_have_a_limit_and_must_be_json(small_stack: Stack) -> None:
    name = "magento-sync-echo"
    event = refusal(small_stack, FunctionName=name, InvocationType="Event", Payload=json.dumps("x" * 1024 * 1024))
    call = refusal(small_stack, FunctionName=name, Payload=json.dumps("x" * 6 * 1024 * 1024))
    assert {event["Error"]["Code"], call["Error"]["Code"]} == {"RequestTooLargeException"}

    refused = refusal(small_stack, FunctionName=name, Payload=b"{'a': 1}")
    assert refused["Error"]["Code"] == "InvalidRequestContentException"


def test_a_too_large_return_value_is_an_error(small_stack: Stack) -> None:
    answer = "x" * (6 * 1024 * 1024 - 1000)
    assert len(small_stack.invoke("EchoFunction", {"do": "answer", "answer": answer})) == len(answer)

    with pytest.raises(FunctionError, match=r"Function\.ResponseSizeTooLarge"):
        small_stack.invoke("EchoFunction", {"do": "large"})


def test_the_log_contains_the_function_s_output(small_stack: Stack) -> None:
    answer = small_stack.invoke("EchoFunction")

    assert json.dumps({"request": answer["requestId"]}) in small_stack.logs("EchoFunction").splitlines()
