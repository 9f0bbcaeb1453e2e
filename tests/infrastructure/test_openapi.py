"""The API's document: current, valid, and whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, get_args

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.openapi import document as openapi
from magento_sync.api.http.errors import ErrorCode
from magento_sync.messages import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.cloudformation import Json, Stack


@pytest.fixture(scope="module")
def document() -> Json:
    return json.loads(openapi.DOCUMENT.read_text("utf-8"))


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(document: Json) -> Iterator[tuple[str, Json]]:
    """Every media type of a request or an answer, with its place."""
    for key, operation in operations(document):
        if "requestBody" in operation:
            yield key, operation["requestBody"]["content"]["application/json"]
        for status, response in operation["responses"].items():
            yield f"{key} {status}", response["content"]["application/json"]


def test_the_committed_document_is_the_one_of_the_handlers() -> None:
    assert openapi.DOCUMENT.read_text("utf-8") == openapi.text(), "run `make openapi`"


def test_it_is_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_it_has_every_route_with_its_scope_and_no_other(document: Json, full_stack: Stack) -> None:
    routes = {
        it["RouteKey"]: it["AuthorizationScopes"] for it in full_stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    assert {key: operation["security"] for key, operation in operations(document)} == {
        key: [{"jwt": scopes}, {"sigv4": []}] for key, scopes in routes.items()
    }


def test_a_route_without_a_handler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "FUNCTIONS", ("customers",))
    with pytest.raises(openapi.DocumentIncomplete, match="GET /api/cron/auto-sync"):
        openapi.document()


def test_every_operation_is_described(document: Json) -> None:
    for key, operation in operations(document):
        assert operation["summary"] != key, key
        assert operation["description"].endswith("."), key
        assert operation["tags"], key
        for parameter in operation.get("parameters", []):
            assert parameter["description"], (key, parameter["name"])
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert all(name.isalpha() for name in names)


def test_every_operation_has_the_answers_that_any_can_give(document: Json) -> None:
    for key, operation in operations(document):
        assert {"400", "401", "403", "413", "429", "500", "503"} <= operation["responses"].keys(), key
        assert any(status.startswith("2") for status in operation["responses"]), key
        assert "422" not in operation["responses"], key


def test_every_body_has_examples_that_fit_it(document: Json) -> None:
    for place, content in bodies(document):
        schema = {**content["schema"], "components": document["components"]}
        examples = [one["value"] for one in content.get("examples", {}).values()]
        if not examples:
            name = content["schema"]["$ref"].rpartition("/")[2]
            examples = document["components"]["schemas"][name]["examples"]
        assert examples, place
        for example in examples:
            assert [error.message for error in OAS31Validator(schema).iter_errors(example)] == [], place


def test_every_error_in_it_is_one_of_the_api_s(document: Json) -> None:
    codes = {
        example["value"]["error"]["code"]: example["value"]["error"]["message"]
        for _, content in bodies(document)
        for example in content.get("examples", {}).values()
        if "error" in example["value"]
    }
    assert {"BAD_REQUEST", "WEBSITE_NOT_FOUND", "ALREADY_RUNNING", "CUSTOMER_EXISTS", "INTERNAL_ERROR"} <= codes.keys()
    assert codes == {code: SENTENCES[code]["nl"] for code in codes}


def examples(document: Json, code: str) -> Iterator[tuple[str, Json]]:
    """The examples of an error, with their operation's key."""
    for key, operation in operations(document):
        for response in operation["responses"].values():
            for example in response["content"]["application/json"].get("examples", {}).values():
                if example["value"].get("error", {}).get("code") == code:
                    yield key, example["value"]


def test_every_error_that_the_api_knows_has_an_example(document: Json) -> None:
    assert [code for code in get_args(ErrorCode) if not list(examples(document, code))] == []


def test_what_is_wrong_with_a_request_in_an_example_can_be_wrong_there(document: Json) -> None:
    for key, value in examples(document, "BAD_REQUEST"):
        method, _, path = key.partition(" ")
        operation = document["paths"][path][method.lower()]
        known = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "query"}
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            schema = document["components"]["schemas"][name]
            known |= {field: field in schema["required"] for field in schema["properties"]}
        [fault] = value["error"]["fields"]
        assert (fault["code"] == "UNKNOWN") == (fault["field"] not in known), key
        assert fault["code"] != "MISSING" or known[fault["field"]], key


def test_a_conflict_s_example_has_beside_it_what_the_answer_has(document: Json) -> None:
    beside = {
        code: [sorted(value.keys() - {"error"}) for _, value in examples(document, code)]
        for code in ("ALREADY_RUNNING", "AUTO_UPLOAD_OFF", "RUN_OVER", "CUSTOMER_EXISTS")
    }
    assert beside == {
        "ALREADY_RUNNING": [["run"]],
        "AUTO_UPLOAD_OFF": [[]],
        "RUN_OVER": [["run"]],
        "CUSTOMER_EXISTS": [["customer"]],
    }


def test_what_always_stands_in_an_answer_is_required_and_nothing_else(document: Json) -> None:
    schemas = document["components"]["schemas"]
    optional = {name: sorted(schema["properties"].keys() - set(schema["required"])) for name, schema in schemas.items()}
    del optional["CustomerEntry"]  # what callers send
    assert {name: fields for name, fields in optional.items() if fields} == {
        "ErrorView": ["fields"],
        "RunConflict": ["run"],
    }
    # Tools that make types of the document take what has a default for something that is always there.
    assert "default" not in schemas["ErrorView"]["properties"]["fields"]


def test_nothing_of_this_machine_stands_in_it() -> None:
    written = openapi.DOCUMENT.read_text("utf-8")
    assert str(openapi.PROJECT) not in written
    assert "127.0.0.1" not in written
