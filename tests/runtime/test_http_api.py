"""The HTTP API: events for functions, and responses from their return values."""
# ruff: noqa: ANN401 - events and return values are any JSON

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from local.stack import Stack


def send(stack: Stack, method: str, path: str, **options: Any) -> requests.Response:
    return requests.request(method, stack.api_url + path, timeout=10, **options)


def answered(stack: Stack, answer: Any, path: str = "/open/x") -> requests.Response:
    """Returns the API's response for a handler's return value."""
    return send(stack, "POST", path, json={"answer": answer})


# The documented event of payload format 2.0: its keys, and the type of each value.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
DOCUMENTED = {
    "version": str,
    "routeKey": str,
    "rawPath": str,
    "rawQueryString": str,
    "headers": dict,
    "queryStringParameters": dict,
    "requestContext": {
        "accountId": str,
        "apiId": str,
        "domainName": str,
        "domainPrefix": str,
        "http": {"method": str, "path": str, "protocol": str, "sourceIp": str, "userAgent": str},
        "requestId": str,
        "routeKey": str,
        "stage": str,
        "time": str,
        "timeEpoch": int,
    },
    "body": str,
    "pathParameters": dict,
    "isBase64Encoded": bool,
}


def kinds(value: Any, like: Any) -> Any:
    return {key: kinds(each, like.get(key)) for key, each in value.items()} if isinstance(like, dict) else type(value)


def test_an_event_has_the_documented_form(small_stack: Stack) -> None:
    response = send(
        small_stack,
        "POST",
        "/open/a%20b?parameter1=value1&parameter1=value2&empty=&parameter2=%C3%A9",
        data='{"message": "hello"}',
        headers={"Content-Type": "application/json", "X-Thing": "v", "User-Agent": "agent"},
    )
    event = response.json()

    assert kinds(event, DOCUMENTED) == DOCUMENTED
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "POST /open/{name}"
    assert event["rawPath"] == "/open/a b"
    assert event["rawQueryString"] == "parameter1=value1&parameter1=value2&empty=&parameter2=%C3%A9"
    assert event["queryStringParameters"] == {"parameter1": "value1,value2", "empty": "", "parameter2": "é"}
    assert event["pathParameters"] == {"name": "a b"}
    assert event["body"] == '{"message": "hello"}'
    assert event["headers"]["x-thing"] == "v"
    assert event["headers"]["host"] == small_stack.api_url.removeprefix("http://")
    assert event["requestContext"]["http"]["userAgent"] == "agent"
    assert re.fullmatch(r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000", event["requestContext"]["time"])


def test_an_event_lacks_empty_parts(small_stack: Stack) -> None:
    event = send(small_stack, "GET", "/files/b.txt").json()

    assert event["pathParameters"] == {"name": "b.txt"}
    assert not {"body", "queryStringParameters"} & set(event)
    assert "authorizer" not in event["requestContext"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/octet-stream", b"\x00\xff"),
        ("application/x-www-form-urlencoded", b"a=1"),
        ("application/json", b'"\xff"'),
    ],
)
def test_a_body_that_is_not_text_is_base64(small_stack: Stack, kind: str, content: bytes) -> None:
    event = send(small_stack, "POST", "/open/x", data=content, headers={"Content-Type": kind}).json()

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == content


def test_a_return_value_can_describe_the_response(small_stack: Stack) -> None:
    response = answered(
        small_stack,
        {
            "statusCode": 202,
            "headers": {"Location": "/runs/1", "Content-Type": "application/json"},
            "body": '{"é": 1}',
        },
    )

    assert response.status_code == 202
    assert response.headers["Location"] == "/runs/1"
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == {"é": 1}


@pytest.mark.parametrize(("answer", "text"), [({"a": [1]}, '{"a": [1]}'), ([1, 2], "[1, 2]"), ("plain", "plain")])
def test_a_return_value_without_a_status_is_the_body(small_stack: Stack, answer: Any, text: str) -> None:
    response = answered(small_stack, answer)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    assert response.text == text


@pytest.mark.parametrize(
    "body",
    [
        {"raise": "secret"},
        {"answer": {"statusCode": "no"}},
        {"answer": {"statusCode": 200, "body": {"a": 1}}},
    ],
)
def test_a_failed_function_and_an_invalid_return_value_are_500(small_stack: Stack, body: dict[str, Any]) -> None:
    response = send(small_stack, "POST", "/open/x", json=body)

    assert response.status_code == 500
    assert response.json() == {"message": "Internal Server Error"}


def test_the_api_answers_503_at_its_time_out(small_stack: Stack) -> None:
    response = send(small_stack, "POST", "/slow", json={"sleep": 1})

    assert response.status_code == 503
    assert response.json() == {"message": "Service Unavailable"}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/open/x"), ("POST", "/open/x/y"), ("GET", "/files")]
)
def test_an_unknown_route_is_404(small_stack: Stack, method: str, path: str) -> None:
    response = send(small_stack, method, path)

    assert response.status_code == 404
    assert response.json() == {"message": "Not Found"}


def test_a_local_caller_is_an_aws_principal(small_stack: Stack) -> None:
    event = send(small_stack, "POST", "/guarded").json()

    assert set(event["requestContext"]["authorizer"]["iam"]) == {
        "accessKey", "accountId", "callerId", "cognitoIdentity", "principalOrgId", "userArn", "userId",
    }  # fmt: skip


def test_a_token_s_claims_are_passed_as_text(small_stack: Stack) -> None:
    event = send(small_stack, "POST", "/token", headers={"Authorization": "Bearer writer"}).json()

    assert event["requestContext"]["authorizer"]["jwt"] == {
        "claims": {
            "sub": "somebody",
            "scope": "things/read things/write",
            "exp": "1900000000",
            "websites": "[a b]",
        },
        "scopes": ["things/write"],
    }


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({}, 401, "Unauthorized"),
        ({"Authorization": "Bearer forged"}, 401, "Unauthorized"),
        ({"Authorization": "Bearer reader"}, 403, "Forbidden"),
    ],
)
def test_an_invalid_token_is_refused(small_stack: Stack, headers: dict[str, str], status: int, message: str) -> None:
    response = send(small_stack, "POST", "/token", headers=headers)

    assert (response.status_code, response.json()) == (status, {"message": message})


def preflight(stack: Stack, origin: str) -> requests.Response:
    return send(stack, "OPTIONS", "/guarded", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})


def test_a_preflight_request_is_answered_without_the_function(small_stack: Stack) -> None:
    response = preflight(small_stack, "https://two.example")

    assert response.status_code == 204
    assert {
        name.lower(): value for name, value in response.headers.items() if "Control" in name or "control" in name
    } == {
        "access-control-allow-origin": "https://two.example",
        "access-control-allow-methods": "GET,POST",
        "access-control-allow-headers": "content-type,authorization",
        "access-control-expose-headers": "location",
        "access-control-max-age": "600",
    }


def test_an_unknown_origin_gets_no_permission(small_stack: Stack) -> None:
    assert "access-control-allow-origin" not in preflight(small_stack, "https://evil.example").headers

    answer = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": ""}
    response = send(small_stack, "POST", "/open/x", json={"answer": answer}, headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in response.headers


def test_a_page_of_an_allowed_origin_can_read_the_response(small_stack: Stack) -> None:
    response = send(small_stack, "POST", "/open/x", data=json.dumps({}), headers={"Origin": "https://app.example"})

    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert response.headers["access-control-expose-headers"] == "location"


def test_every_response_has_a_request_id(small_stack: Stack) -> None:
    answered = send(small_stack, "POST", "/open/x")
    preflight = send(
        small_stack,
        "OPTIONS",
        "/open/x",
        headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"},
    )

    assert answered.headers["apigw-requestid"] == answered.json()["requestContext"]["requestId"]
    assert (preflight.status_code, bool(preflight.headers["apigw-requestid"])) == (204, True)
    for response in (send(small_stack, "GET", "/nothing"), send(small_stack, "POST", "/token")):
        assert len(response.headers["apigw-requestid"]) == 16


def test_a_401_names_the_scheme_and_the_error(small_stack: Stack) -> None:
    assert send(small_stack, "POST", "/token").headers["www-authenticate"] == "Bearer"
    forged = send(small_stack, "POST", "/token", headers={"Authorization": "Bearer forged"})
    assert forged.headers["www-authenticate"] == 'Bearer scope="" error="invalid_token"'


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer reader"}])
def test_a_web_page_can_read_a_refusal(small_stack: Stack, headers: dict[str, str]) -> None:
    response = send(small_stack, "POST", "/token", headers={"Origin": "https://app.example", **headers})

    assert response.status_code in {401, 403}
    assert response.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "OPTIONS", "TRACE"])
def test_a_method_without_a_route_is_404(small_stack: Stack, method: str) -> None:
    assert send(small_stack, method, "/token", headers={"Authorization": "Bearer writer"}).status_code == 404
