"""`make openapi`: writes `docs/openapi.json` from the API's handlers, the template's routes and what API Gateway answers by itself."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.template.reader import read_template
from local.openapi.gateway import HEADERS, SECURITY_SCHEMES, gateway_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    Json = Any  # a JSON document's tree

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "openapi.json"
FUNCTIONS = ("manual_sync", "customers")
ISSUER = {"JwtIssuer": "https://issuer.example", "JwtAudience": "app"}
METHODS = {"get", "post", "put", "patch", "delete"}
INFO = {
    "title": "magento-sync",
    "version": "1.0.0",
    "description": (
        "Starts syncs of Magento shops, tells how they go, and lists the customers that they bring. Times are UTC. Sentences are Dutch, "
        "or English where `Accept-Language` asks for it. A token's claim `websites`, ids separated by spaces, limits a caller to those "
        "websites: any other looks as if it were not there."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "`nl` or `en`; Dutch unless English is preferred.",
    "schema": {"type": "string"},
    "example": "en",
}


class DocumentIncomplete(Exception):
    """The handlers and the template do not know the same routes."""


def document() -> dict[str, Json]:
    """The OpenAPI document.

    Raises:
        DocumentIncomplete: A route has no handler, or a handler no route.
    """
    parts = [_of_function(name) for name in FUNCTIONS]
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = {}
    for part in parts:
        for path, operations in part["paths"].items():
            paths.setdefault(path, {}).update(operations)
        schemas |= part["components"]["schemas"]
    _check_routes({f"{method.upper()} {path}" for path in paths for method in paths[path]}, set(_scopes()))
    for path, method, operation in _operations(paths):
        _finish(operation, _scopes()[f"{method.upper()} {path}"])
    whole: dict[str, Json] = {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": [{"url": "/", "description": "The stack's output `ApiUrl`."}],
        "tags": [
            {"name": "Syncs", "description": "One website's sync: start it, watch it, stop it, look back."},
            {"name": "Customers", "description": "What the syncs bring."},
            {"name": "Schedule", "description": "All websites' syncs."},
        ],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {}, "headers": HEADERS, "securitySchemes": SECURITY_SCHEMES},
    }
    whole["components"]["schemas"] = _used(schemas | _gateway_schemas(), whole)
    return whole


def text() -> str:
    """The document as it stands in its file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _of_function(name: str) -> dict[str, Json]:
    schema = _module(name).app.get_openapi_schema(title="", version="", openapi_version="3.1.0")
    dumped: dict[str, Json] = schema.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_described", PROJECT / "functions" / name / "app.py")
    assert spec is not None  # noqa: S101 - a file of Python has one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _scopes() -> dict[str, list[str]]:
    """The scopes that each route asks for, by its key."""
    template = read_template(PROJECT / "template.yaml", ISSUER, "magento-sync")
    return {route.key: list(route.scopes) for route in template.routes}


def _check_routes(handled: set[str], routed: set[str]) -> None:
    if handled != routed:
        raise DocumentIncomplete(
            f"Handlers and template.yaml do not know the same routes: {', '.join(sorted(handled ^ routed))}."
        )


def _operations(paths: dict[str, Json]) -> Iterator[tuple[str, str, Json]]:
    for path, operations in paths.items():
        for method, operation in operations.items():
            yield path, method, operation


def _finish(operation: Json, scopes: list[str]) -> None:
    """Adds what is the same for all, and takes out what Powertools says of all and is not so here."""
    # Ours are 400, in our own shape.
    operation["responses"].pop("422", None)
    operation["responses"] = gateway_answers(operation["responses"])
    operation["security"] = [{"jwt": scopes}, {"sigv4": []}]
    operation["parameters"] = [*map(_parameter, operation.get("parameters", [])), LANGUAGE]


def _parameter(parameter: Json) -> Json:
    """A query has no null: what may be left out is not required."""
    schema = dict(parameter["schema"])
    choices = [one for one in schema.pop("anyOf", []) if one != {"type": "null"}]
    if len(choices) == 1:
        schema = {**choices[0], **schema}
    schema.pop("title", None)
    if schema.get("description") == parameter.get("description"):
        schema.pop("description", None)
    # Headers have their usual spelling.
    name = parameter["name"].title() if parameter["in"] == "header" else parameter["name"]
    return {**parameter, "name": name, "schema": schema}


def _gateway_schemas() -> dict[str, Json]:
    return {
        "GatewayMessage": {
            "type": "object",
            "description": "What API Gateway says by itself, before or instead of a function.",
            "properties": {"message": {"type": "string"}},
            "required": ["message"],
        }
    }


def _used(schemas: dict[str, Json], whole: Json) -> dict[str, Json]:
    """The schemas that the document refers to, directly or through others, by name."""
    used: dict[str, Json] = {}
    waiting = _references(whole)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = _untitled(schemas[name])
            waiting |= _references(schemas[name])
    return dict(sorted(used.items()))


def _untitled(schema: Json) -> Json:
    """Without the titles that pydantic makes of names."""
    properties = {
        name: {key: value for key, value in one.items() if key != "title"}
        for name, one in schema.get("properties", {}).items()
    }
    return {**schema, **({"properties": properties} if properties else {})}


def _references(tree: Json) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(tree)))


def main() -> int:
    """Runs the command; returns its exit code."""
    try:
        DOCUMENT.write_text(text(), "utf-8")
    except DocumentIncomplete as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Wrote {DOCUMENT.relative_to(PROJECT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
