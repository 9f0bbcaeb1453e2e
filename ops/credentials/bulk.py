"""Credentials of many websites from a CSV file or from JSON lines."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field

from magento_sync.errors import OperatorError, ShopError
from magento_sync.magento.auth.credentials import Credentials, parse_credentials

WEBSITE = "website"


class UnreadableFile(OperatorError):
    """The file is neither CSV nor JSON lines. Its content is not repeated."""


@dataclass(frozen=True)
class Line:
    """One website's credentials; the error says why they cannot be used.

    Attributes:
        website: An id or a domain.
    """

    number: int
    website: str
    credentials: Credentials | None = field(repr=False)
    error: ShopError | None = None


def parse_lines(text: str) -> list[Line]:
    """Reads CSV with a heading, or one JSON object a line; each has `website` and the keys of one kind of credentials.

    Raises:
        UnreadableFile: A line cannot be read.
    """
    text = text.lstrip("\ufeff")
    records = _json_lines(text) if text.lstrip().startswith("{") else _csv(text)
    return [_line(number, values) for number, values in records]


def _json_lines(text: str) -> list[tuple[int, dict[str, object]]]:
    records = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise UnreadableFile(f"Line {number} is not a JSON object.")
        records.append((number, values))
    return records


def _csv(text: str) -> list[tuple[int, dict[str, object]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if WEBSITE not in (reader.fieldnames or ()):
            raise UnreadableFile(f"The first line must be a heading with `{WEBSITE}`, as in website,bearerToken.")
        return [(reader.line_num, {key: value for key, value in row.items() if value}) for row in reader]
    except csv.Error:
        raise UnreadableFile(f"Line {reader.line_num} is not valid CSV.") from None


def _line(number: int, values: dict[str, object]) -> Line:
    website = values.pop(WEBSITE, None)
    if not isinstance(website, str) or not website.strip():
        raise UnreadableFile(f"Line {number} has no `{WEBSITE}`: the id or the domain of a website.")
    try:
        parsed = parse_credentials(json.dumps(values), f"line {number}")
    except ShopError as error:
        return Line(number, website.strip(), None, error)
    return Line(number, website.strip(), parsed)
