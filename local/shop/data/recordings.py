"""The recorded exchanges with a real shop: `tests/recordings`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "recordings"


@dataclass(frozen=True)
class Recording:
    """One request and its response. Placeholders such as `{{full.access_token}}` replace secrets."""

    name: str
    note: str
    method: str
    target: str
    headers: dict[str, str]
    body: str | None
    status: int
    answer_headers: dict[str, str]
    text: str

    def json(self) -> Any:  # noqa: ANN401 JSON
        """Returns the parsed body of the response."""
        return json.loads(self.text)


@cache
def recording(name: str) -> Recording:
    """Returns the exchange of that name (the file's name without `.json`)."""
    stored = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    asked, answered = stored["request"], stored["response"]
    return Recording(
        name=name,
        note=stored["note"],
        method=asked["method"],
        target=asked["path"],
        headers=dict(asked["headers"]),
        body=asked["body"],
        status=answered["status"],
        answer_headers=dict(answered["headers"]),
        text=answered["body"],
    )


def names() -> list[str]:
    """Returns the names of all exchanges, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))
