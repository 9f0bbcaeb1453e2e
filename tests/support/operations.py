"""The operations of the committed OpenAPI document, so that a new one is tested too."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from local.openapi.document import DOCUMENT

Json = Any  # a JSON document's tree


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    description: Json = field(repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def function(self) -> str:
        """The folder of its handler in `functions/`."""
        return "customers" if self.path.startswith("/api/customers") else "manual_sync"

    def query(self, website: str) -> dict[str, str]:
        """Returns the query about a website."""
        parameters = self.description.get("parameters", [])
        about_website = any((one["in"], one["name"]) == ("query", "websiteId") for one in parameters)
        return {"websiteId": website} if about_website else {}

    def body(self, website: str) -> Json | None:
        """Returns the document's example of the body, about a website; None if the operation has no body."""
        if "requestBody" not in self.description:
            return None
        name = self.description["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        return {**document()["components"]["schemas"][name]["examples"][0], "websiteId": website}


def document() -> Json:
    """Returns the committed document."""
    return json.loads(DOCUMENT.read_text("utf-8"))


def operations() -> list[Operation]:
    """Returns every operation of the document."""
    return [
        Operation(method.upper(), path, description)
        for path, methods in document()["paths"].items()
        for method, description in methods.items()
    ]
