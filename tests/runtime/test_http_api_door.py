"""Responses of the HTTP API itself, as API Gateway gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from local.stack import Stack


def send(stack: Stack, method: str, path: str, **headers: str) -> requests.Response:
    return requests.request(method, stack.api_url + path, timeout=10, headers=headers)


def test_every_response_has_a_request_id(small_stack: Stack) -> None:
    answered = send(small_stack, "POST", "/open/x")
    preflight = send(
        small_stack,
        "OPTIONS",
        "/open/x",
        **{"Origin": "https://app.example", "Access-Control-Request-Method": "POST"},
    )

    assert answered.headers["apigw-requestid"] == answered.json()["requestContext"]["requestId"]
    assert (preflight.status_code, bool(preflight.headers["apigw-requestid"])) == (204, True)
    for response in (send(small_stack, "GET", "/nothing"), send(small_stack, "POST", "/token")):
        assert len(response.headers["apigw-requestid"]) == 16


def test_a_401_names_the_scheme_and_the_error(small_stack: Stack) -> None:
    assert send(small_stack, "POST", "/token").headers["www-authenticate"] == "Bearer"
    forged = send(small_stack, "POST", "/token", Authorization="Bearer forged")
    assert forged.headers["www-authenticate"] == 'Bearer scope="" error="invalid_token"'


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer reader"}])
def test_a_web_page_can_read_a_refusal(small_stack: Stack, headers: dict[str, str]) -> None:
    response = send(small_stack, "POST", "/token", Origin="https://app.example", **headers)

    assert response.status_code in {401, 403}
    assert response.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "OPTIONS", "TRACE"])
def test_a_method_without_a_route_is_404(small_stack: Stack, method: str) -> None:
    assert send(small_stack, method, "/token", Authorization="Bearer writer").status_code == 404


def test_a_route_for_any_method_serves_head(small_stack: Stack) -> None:
    assert send(small_stack, "HEAD", "/files/a").status_code == 200
