"""Invalid requests: each is answered with 400 and the invalid fields, and has no effect."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.api_calls import PATH, Api

if TYPE_CHECKING:
    from tests.support.functions import LambdaClient
    from tests.support.system import System

API = Api()
RUNS = f"{PATH}/runs"

pytestmark = pytest.mark.usefixtures("functions")


@pytest.mark.parametrize(
    ("body", "field_errors"),
    [
        (None, {"body": "MISSING"}),
        ("", {"body": "MISSING"}),
        ("[]", {"body": "WRONG_TYPE"}),
        ('{"websiteId": "\xff', {"body": "MALFORMED"}),
        ("{}", {"websiteId": "MISSING"}),
        ('{"WebsiteId": "w"}', {"websiteId": "MISSING", "WebsiteId": "UNKNOWN"}),
        ('{"website_id": "w"}', {"websiteId": "MISSING", "website_id": "UNKNOWN"}),
        ('{"websiteId": "w", "more": 1}', {"more": "UNKNOWN"}),
        ('{"websiteId": "w", "\\ud800": 1}', {"body": "NOT_ALLOWED"}),
        *(
            (f'{{"websiteId": {value}}}', {"websiteId": "WRONG_TYPE"})
            for value in ("7", "1e400", "true", "null", '["w"]', '{"websiteId": "w"}')
        ),
        ('{"websiteId": ""}', {"websiteId": "TOO_SHORT"}),
        (json.dumps({"websiteId": "w" * 201}), {"websiteId": "TOO_LONG"}),
        ('{"websiteId": "w\\u0000"}', {"websiteId": "NOT_ALLOWED"}),
        ('{"websiteId": "\\ud800"}', {"websiteId": "NOT_ALLOWED"}),
    ],
)
def test_each_invalid_field_of_a_body_is_named(
    functions: LambdaClient, body: str | None, field_errors: dict[str, str]
) -> None:
    response = API.ask("POST", PATH, body=body)

    assert (response.status, response.code, response.field_errors) == (400, "BAD_REQUEST", field_errors)
    assert functions.events == []


def test_a_body_in_base64_is_read(system: System) -> None:
    body = base64.b64encode(json.dumps({"websiteId": system.add_website()}).encode()).decode()

    assert API.send({**API.event("POST", PATH), "body": body, "isBase64Encoded": True}).status == 200


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON ; charset=utf-8"])
def test_the_case_of_the_media_type_does_not_matter(content_type: str) -> None:
    event = {**API.event("POST", PATH), "body": '{"websiteId": "nobody"}', "headers": {"Content-Type": content_type}}

    assert API.send(event).code == "WEBSITE_NOT_FOUND"


@pytest.mark.parametrize(
    ("language", "required", "not_allowed"),
    [
        ("nl", "Dit veld is verplicht.", "Stuur de header Content-Type: application/json."),
        ("en", "This field is required.", "Send the header Content-Type: application/json."),
    ],
)
def test_field_errors_are_in_the_caller_s_language(language: str, required: str, not_allowed: str) -> None:
    """Also if the request is rejected before it is routed."""
    missing = API.ask("POST", PATH, body="{}", accept_language=language)
    unrouted = API.ask("POST", PATH, body="{}", content_type="x", accept_language=language)

    for response, field, code, message in (
        (missing, "websiteId", "MISSING", required),
        (unrouted, "Content-Type", "NOT_ALLOWED", not_allowed),
    ):
        assert (response.status, response.headers["content-language"]) == (400, language)
        assert response.body["error"]["fields"] == [{"field": field, "code": code, "message": message}]
        assert response.body["error"]["requestId"]


SPECIAL_CHARACTERS = [
    *(
        "'",
        "%",
        "_",
        '";--',
        "' OR '1'='1",
        "\\",
        "$1",
        "{website}",
        "%s",
        "%(website)s",
        "\n",
        "ÿ€😀",
        "\ufeff",
        "a,b",
    ),
]


def test_an_id_with_special_characters_is_only_an_unknown_id() -> None:
    for website in SPECIAL_CHARACTERS:
        responses = [API.get(path, [("websiteId", website)]) for path in (PATH, RUNS)] + [API.sync(website)]
        assert {(response.status, response.code) for response in responses} == {(404, "WEBSITE_NOT_FOUND")}, website


def test_a_path_with_special_characters_is_not_found_or_invalid() -> None:
    for run in [*SPECIAL_CHARACTERS, "../runs", "a/b", "%2F", "%00", "\x00", "\ud800", "?", "x" * 10_000]:
        for method in ("GET", "DELETE"):
            response = API.ask(method, f"{RUNS}/{run}")
            assert (response.status, response.code) in {
                (404, "RUN_NOT_FOUND"),
                (404, "NOT_FOUND"),
                (400, "BAD_REQUEST"),
            }, run


@pytest.mark.parametrize(
    ("query", "field_errors"),
    [
        ([], {"websiteId": "MISSING"}),
        ([("websiteId", "")], {"websiteId": "TOO_SHORT"}),
        ([("websiteId", "w" * 201)], {"websiteId": "TOO_LONG"}),
        ([("websiteId", "w\x00")], {"websiteId": "NOT_ALLOWED"}),
        ([("websiteId", "w\ud800")], {"websiteId": "NOT_ALLOWED"}),
        ([("websiteId", "w"), ("websiteId", "")], {"websiteId": "REPEATED"}),
        ([("websiteid", "w")], {"websiteid": "UNKNOWN", "websiteId": "MISSING"}),
        *(
            ([("websiteId", "w"), ("limit", limit)], {"limit": "OUT_OF_RANGE"})
            for limit in ("0", "-1", "101", "9" * 19, "9" * 21, "-" + "9" * 21, "9" * 5000)
        ),
        *(
            ([("websiteId", "w"), ("limit", limit)], {"limit": "WRONG_TYPE"})
            for limit in ("", "-", "five", "NaN", "1.0", "1e1", "1_0", " 1", "５", "٣", "1,2", "1 OR 1=1")
        ),
        ([("websiteId", "w"), ("cursor", "")], {"cursor": "TOO_SHORT"}),
        ([("websiteId", "w"), ("cursor", "x" * 2001)], {"cursor": "TOO_LONG"}),
        ([("websiteId", "w"), ("cursor", "%00")], {"cursor": "NOT_ALLOWED"}),
        ([("websiteId", "w"), ("cursor", "AAAA")], {"cursor": "NOT_ALLOWED"}),
    ],
)
def test_each_invalid_query_parameter_is_named(query: list[tuple[str, str]], field_errors: dict[str, str]) -> None:
    response = API.get(RUNS, query)

    assert (response.status, response.code, response.field_errors) == (400, "BAD_REQUEST", field_errors)


@pytest.mark.parametrize(
    ("query", "sentences"),
    [
        ([("limit", "101")], ("Dit getal moet van 1 tot en met 100 zijn.", "This number must be 1 to 100.")),
        ([("limit", "0")], ("Dit getal moet van 1 tot en met 100 zijn.", "This number must be 1 to 100.")),
        ([("limit", "ten")], ("Deze waarde moet een geheel getal zijn.", "This value must be a whole number.")),
        (
            [("websiteId", "w" * 201)],
            ("Deze waarde mag hoogstens 200 tekens lang zijn.", "This value must have at most 200 characters."),
        ),
    ],
)
def test_a_field_s_sentence_names_the_bound(query: list[tuple[str, str]], sentences: tuple[str, str]) -> None:
    for language, expected in zip(("nl", "en"), sentences, strict=True):
        response = API.get(RUNS, list(({"websiteId": "w"} | dict(query)).items()), accept_language=language)

        assert [field["message"] for field in response.body["error"]["fields"]] == [expected]
