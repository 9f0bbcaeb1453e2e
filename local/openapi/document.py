"""`make openapi`: writes `docs/openapi.json`, the API of all functions, from the descriptions of their routes."""

from __future__ import annotations

import json
from pathlib import Path
from runpy import run_path
from typing import Any

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge
from aws_lambda_powertools.event_handler.openapi.models import License, Server, Tag

Json = Any  # a JSON document's tree

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "openapi.json"
FUNCTIONS = ("manual_sync", "customers")
DESCRIPTION = (
    "Starts syncs of Magento shops, shows their progress, and lists the imported customers. Times are in UTC. "
    "Sentences are in Dutch, or in English if `Accept-Language` prefers it. A token's claim `websites` (ids "
    "separated by spaces) limits the caller to those websites; every other website appears not to exist."
)
TAGS: list[Tag | str] = [
    Tag(name="Syncs", description="The syncs of one website, and of all."),
    Tag(name="Customers", description="The app's customers."),
    Tag(name="Schedule", description="The syncs of all websites."),
]
SECURITY_SCHEMES: dict[str, Json] = {
    "jwt": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "If the stack has a `JwtIssuer`: a token of that issuer with the operation's scope, "
        "`magento-sync/read` or `magento-sync/write`.",
    },
    "sigv4": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "If the stack has no `JwtIssuer`: a request signed with AWS Signature Version 4 (service "
        "`execute-api`) by a principal that may invoke the API.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
HEADERS: dict[str, tuple[str, Json]] = {
    "apigw-requestid": (
        "The request's id, equal to an error's `requestId`. Identifies the request in the logs.",
        {"examples": ["XkP9wgTLDoEEJ1A="]},
    ),
    "Content-Language": ("The language of the sentences.", {"enum": ["nl", "en"]}),
    "Location": ("The run's path.", {"examples": ["/api/magento/auto-sync/runs/c1"]}),
    "Preference-Applied": ("The preferences of `Prefer` that were applied, if any.", {"examples": ["wait=20"]}),
    "Retry-After": ("Seconds to wait before the next request.", {"pattern": "^[0-9]+$"}),
    "WWW-Authenticate": ("Why the token was rejected, if the API uses tokens.", {"examples": ["Bearer"]}),
}
LANGUAGE = {
    "name": "accept-language",
    "in": "header",
    "required": False,
    "description": "`nl` or `en`. Default: Dutch.",
    "schema": {"type": "string"},
    "example": "en",
}


def document() -> dict[str, Json]:
    """Returns the OpenAPI document."""
    merge = OpenAPIMerge(
        title="magento-sync",
        version="1.0.0",
        description=DESCRIPTION,
        license_info=License(name="MIT", identifier="MIT"),
        servers=[Server(url="/", description="The stack's output `ApiUrl`.")],
        tags=TAGS,
        security_schemes=SECURITY_SCHEMES,
        on_conflict="error",
    )
    for name in FUNCTIONS:
        app = run_path(str(PROJECT / "functions" / name / "app.py"))["app"]
        merge.add_schema(app.get_openapi_schema(security_schemes=SECURITY_SCHEMES))
    merged = json.loads(merge.get_openapi_json_schema())
    for path in merged["paths"].values():
        for operation in path.values():
            _complete(operation)
    components = merged["components"]
    components["headers"] = {
        name: {"description": description, "schema": {"type": "string", **schema}}
        for name, (description, schema) in HEADERS.items()
    }
    for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        del components["schemas"][unused]
    return {**merged, "paths": _untitled(merged["paths"]), "components": _untitled(components)}


def text() -> str:
    """Returns the document as the text of its file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _complete(operation: Json) -> None:
    """Adds what all operations share, and removes Powertools' 422: our validation errors are 400."""
    del operation["responses"]["422"]
    operation["parameters"] = [*map(_parameter, operation.get("parameters", [])), LANGUAGE]


def _parameter(parameter: Json) -> Json:
    """Returns the parameter without `null` as a type: an optional parameter is left out."""
    schema = {key: value for key, value in parameter["schema"].items() if key not in {"anyOf", "description"}}
    for choice in parameter["schema"].get("anyOf", []):
        if choice != {"type": "null"}:
            schema |= choice
    return {**parameter, "schema": schema}


def _untitled(tree: Json) -> Json:
    """Returns the tree without titles, which pydantic derives from names."""
    if isinstance(tree, list):
        return [_untitled(item) for item in tree]
    if isinstance(tree, dict):
        return {key: _untitled(value) for key, value in tree.items() if key != "title"}
    return tree


if __name__ == "__main__":
    DOCUMENT.write_text(text(), "utf-8")
    print(f"Wrote {DOCUMENT.relative_to(PROJECT)}.")
