"""The OpenAPI document: current, valid and complete."""

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
    """Yields every body of a request or a response, with its place in the document."""
    for key, operation in operations(document):
        if "requestBody" in operation:
            yield key, operation["requestBody"]["content"]["application/json"]
        for status, response in operation["responses"].items():
            yield f"{key} {status}", response["content"]["application/json"]


def test_the_committed_document_is_generated_from_the_handlers() -> None:
    assert openapi.DOCUMENT.read_text("utf-8") == openapi.text(), "run `make openapi`"


def test_the_document_is_valid_openapi_3_1(document: Json) -> None:
    assert document["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_the_document_has_the_routes_and_scopes_of_the_template(document: Json, full_stack: Stack) -> None:
    routes = {
        it["RouteKey"]: it["AuthorizationScopes"] for it in full_stack.of_type("AWS::ApiGatewayV2::Route").values()
    }
    assert {key: operation["security"] for key, operation in operations(document)} == {
        key: [{"jwt": scopes}, {"sigv4": []}] for key, scopes in routes.items()
    }


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


def test_every_operation_has_the_common_responses(document: Json) -> None:
    for key, operation in operations(document):
        assert {"400", "401", "403", "413", "429", "500", "503"} <= operation["responses"].keys(), key
        assert any(status.startswith("2") for status in operation["responses"]), key
        assert "422" not in operation["responses"], key


def test_every_body_has_examples_that_match_its_schema(document: Json) -> None:
    for place, content in bodies(document):
        schema = {**content["schema"], "components": document["components"]}
        examples = [one["value"] for one in content.get("examples", {}).values()]
        if not examples:
            name = content["schema"]["$ref"].rpartition("/")[2]
            examples = document["components"]["schemas"][name]["examples"]
        assert examples, place
        for example in examples:
            assert [error.message for error in OAS31Validator(schema).iter_errors(example)] == [], place


def test_every_error_in_the_document_has_the_api_s_sentence(document: Json) -> None:
    codes = {
        example["value"]["error"]["code"]: example["value"]["error"]["message"]
        for _, content in bodies(document)
        for example in content.get("examples", {}).values()
        if "error" in example["value"]
    }
    assert {"BAD_REQUEST", "WEBSITE_NOT_FOUND", "ALREADY_RUNNING", "CUSTOMER_EXISTS", "INTERNAL_ERROR"} <= codes.keys()
    assert codes == {code: SENTENCES["nl"][code] for code in codes}


def examples(document: Json, code: str) -> Iterator[tuple[str, Json]]:
    """Yields the examples of an error, each with its operation's key."""
    for key, operation in operations(document):
        for response in operation["responses"].values():
            for example in response["content"]["application/json"].get("examples", {}).values():
                if example["value"].get("error", {}).get("code") == code:
                    yield key, example["value"]


def test_every_error_of_the_api_has_an_example(document: Json) -> None:
    assert [code for code in get_args(ErrorCode) if not list(examples(document, code))] == []


def test_the_field_error_in_an_example_is_possible_for_its_operation(document: Json) -> None:
    for key, value in examples(document, "BAD_REQUEST"):
        method, _, path = key.partition(" ")
        operation = document["paths"][path][method.lower()]
        known = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "query"}
        if "requestBody" in operation:
            name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            schema = document["components"]["schemas"][name]
            known |= {field: field in schema["required"] for field in schema["properties"]}
        [error] = value["error"]["fields"]
        assert (error["code"] == "UNKNOWN") == (error["field"] not in known), key
        assert error["code"] != "MISSING" or known[error["field"]], key


def test_the_example_of_a_conflict_has_the_related_object(document: Json) -> None:
    related = {
        code: [sorted(value.keys() - {"error"}) for _, value in examples(document, code)]
        for code in ("ALREADY_RUNNING", "AUTO_UPLOAD_OFF", "RUN_OVER", "CUSTOMER_EXISTS")
    }
    assert related == {
        "ALREADY_RUNNING": [["run"]],
        "AUTO_UPLOAD_OFF": [[]],
        "RUN_OVER": [["run"]],
        "CUSTOMER_EXISTS": [["customer"]],
    }


def test_exactly_the_fields_that_every_response_has_are_required(document: Json) -> None:
    schemas = document["components"]["schemas"]
    optional = {name: sorted(schema["properties"].keys() - set(schema["required"])) for name, schema in schemas.items()}
    del optional["CustomerEntry"]  # a request
    assert {name: fields for name, fields in optional.items() if fields} == {
        "ErrorView": ["fields"],
        "RunConflict": ["run"],
    }
    # Code generators treat a field with a default as always present.
    assert "default" not in schemas["ErrorView"]["properties"]["fields"]


def test_browsers_may_read_every_header_in_the_document(document: Json, full_stack: Stack) -> None:
    safelisted = {"content-language"}  # https://developer.mozilla.org/docs/Glossary/CORS-safelisted_response_header
    headers = {
        name.lower()
        for _, operation in operations(document)
        for response in operation["responses"].values()
        for name in response["headers"]
    }

    assert headers - safelisted == set(full_stack.properties("HttpApi")["CorsConfiguration"]["ExposeHeaders"])


def test_the_document_has_no_path_or_address_of_this_machine() -> None:
    written = openapi.DOCUMENT.read_text("utf-8")
    assert str(openapi.PROJECT) not in written
    assert "127.0.0.1" not in written
