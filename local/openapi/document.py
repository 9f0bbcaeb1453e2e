"""`make openapi`: writes `docs/openapi.json` from the handlers, template.yaml's routes and API Gateway's responses."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.template.reader import read_template
from local.openapi.gateway import HEADERS, SCHEMAS, SECURITY_SCHEMES, with_gateway_responses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    Json = Any  # a JSON document's tree

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "openapi.json"
FUNCTIONS = ("manual_sync", "customers")
ISSUER = {"JwtIssuer": "https://issuer.example", "JwtAudience": "app"}
INFO = {
    "title": "magento-sync",
    "version": "1.0.0",
    "description": (
        "Starts syncs of Magento shops, shows their progress, and lists the imported customers. Times are in UTC. "
        "Sentences are in Dutch, or in English if `Accept-Language` prefers it. A token's claim `websites` (ids "
        "separated by spaces) limits the caller to those websites; every other website appears not to exist."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "`nl` or `en`. Default: Dutch.",
    "schema": {"type": "string"},
    "example": "en",
}


class DocumentIncomplete(Exception):
    """The handlers and `template.yaml` have different routes."""


def document() -> dict[str, Json]:
    """Returns the OpenAPI document.

    Raises:
        DocumentIncomplete: A route has no handler, or a handler has no route.
    """
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = dict(SCHEMAS)
    for part in map(_function_document, FUNCTIONS):
        for path, operations in part["paths"].items():
            paths.setdefault(path, {}).update(operations)
        schemas |= part["components"]["schemas"]
    scopes = _scopes()
    _check_routes({key for key, _ in _operations(paths)}, set(scopes))
    for key, operation in _operations(paths):
        _complete(operation, scopes[key])
    whole: dict[str, Json] = {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/", "description": "The stack's output `ApiUrl`."}],
        "tags": [
            {"name": "Syncs", "description": "The syncs of one website."},
            {"name": "Customers", "description": "The app's customers."},
            {"name": "Schedule", "description": "The syncs of all websites."},
        ],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {}, "headers": HEADERS, "securitySchemes": SECURITY_SCHEMES},
    }
    whole["components"]["schemas"] = _used(schemas, whole)
    return whole


def text() -> str:
    """Returns the document as the text of its file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _function_document(name: str) -> dict[str, Json]:
    schema = _module(name).app.get_openapi_schema(title="", version="", openapi_version="3.1.0")
    dumped: dict[str, Json] = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_app", PROJECT / "functions" / name / "app.py")
    assert spec is not None  # noqa: S101 - a Python file has one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _scopes() -> dict[str, list[str]]:
    """Returns the scopes of each route by its key."""
    template = read_template(PROJECT / "template.yaml", ISSUER, "magento-sync")
    return {route.key: list(route.scopes) for route in template.routes}


def _check_routes(handled: set[str], routed: set[str]) -> None:
    if handled != routed:
        raise DocumentIncomplete(
            f"Only the handlers or only template.yaml have these routes: {', '.join(sorted(handled ^ routed))}."
        )


def _operations(paths: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yields each operation with its route's key, such as `GET /api/customers`."""
    for path, operations in paths.items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _complete(operation: Json, scopes: list[str]) -> None:
    """Adds what all operations share, and removes Powertools' 422: our validation errors are 400."""
    operation["responses"].pop("422", None)
    operation["responses"] = with_gateway_responses(operation["responses"])
    operation["security"] = [{"jwt": scopes}, {"sigv4": []}]
    operation["parameters"] = [*map(_parameter, operation.get("parameters", [])), LANGUAGE]


def _parameter(parameter: Json) -> Json:
    """Returns the parameter without `null` as a type: a query has no null, an optional parameter is left out."""
    schema = dict(parameter["schema"])
    choices = [choice for choice in schema.pop("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema = {**choices[0], **schema}
    schema.pop("title", None)
    if schema.get("description") == parameter.get("description"):
        schema.pop("description", None)
    # Powertools writes header names in lower case.
    name = parameter["name"].title() if parameter["in"] == "header" else parameter["name"]
    return {**parameter, "name": name, "schema": schema}


def _used(schemas: dict[str, Json], whole: Json) -> dict[str, Json]:
    """Returns the schemas that the document refers to, directly or indirectly."""
    used: dict[str, Json] = {}
    waiting = _references(whole)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _untitled(schemas[name])
            waiting |= _references(schemas[name])
    return dict(sorted(used.items()))


def _untitled(schema: Json) -> Json:
    """Returns the schema without the titles that pydantic derives from field names."""
    properties = {
        name: {key: value for key, value in field.items() if key != "title"}
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, **({"properties": properties} if properties else {})}


def _references(tree: Json) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(tree)))


def main() -> int:
    """Writes the document; returns the exit code."""
    try:
        DOCUMENT.write_text(text(), "utf-8")
    except DocumentIncomplete as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Wrote {DOCUMENT.relative_to(PROJECT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
