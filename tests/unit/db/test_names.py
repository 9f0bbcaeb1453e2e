"""The quoted names of tables and columns, which no query repeats."""

from __future__ import annotations

import ast
import string
from functools import cache
from pathlib import Path

import pytest

import magento_sync
from magento_sync.db.names import COMMON_COLUMNS, CUSTOMER_COLUMNS, TABLES, WEBSITE_COLUMNS, composed

LAYER = Path(magento_sync.__file__).parent
QUERY_METHODS = {"execute", "one", "all", "value"}


@cache
def queries() -> list[tuple[str, str]]:
    """Returns every query that is passed to a Transaction, or assigned to the name `query`, with its file and line."""
    found = []
    for file in LAYER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            text = _query(node)
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.append((f"{file.relative_to(LAYER)}:{text.lineno}", text.value))
    return found


def _query(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[first, *_]) if method in QUERY_METHODS:
            return first
        case ast.Assign(targets=[ast.Name(id="query")], value=value):
            return value
        case _:
            return None


def placeholders(query: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(query) if name}


def test_names_are_quoted() -> None:
    assert composed("SELECT {id}, {last_entity_id} FROM {website}", None).decode() == (
        'SELECT "id", "magentoLastEntityId" FROM "Website"'
    )


def test_tables_carry_the_schema_and_columns_do_not() -> None:
    text = composed("SELECT {email} FROM {customer}, {run}, {ledger}", 'o"ther').decode()

    assert text == 'SELECT "email" FROM "o""ther"."Customer", "o""ther"."MagentoSyncRun", "o""ther"."MagentoSyncOrder"'


def test_now_is_utc_in_whole_milliseconds() -> None:
    text = composed("SELECT {now}", None).decode()

    assert "date_trunc('milliseconds'" in text
    assert "AT TIME ZONE 'UTC'" in text


def test_no_placeholder_has_two_meanings() -> None:
    keys = [*TABLES, *WEBSITE_COLUMNS, *CUSTOMER_COLUMNS, *COMMON_COLUMNS, "now"]

    assert len(keys) == len(set(keys))


def test_every_querys_placeholders_are_defined() -> None:
    known = {
        *TABLES,
        *(f"{table}_oid" for table in TABLES),
        *WEBSITE_COLUMNS,
        *CUSTOMER_COLUMNS,
        *COMMON_COLUMNS,
        "now",
    }

    assert len(queries()) > 20
    assert {place: unknown for place, query in queries() if (unknown := placeholders(query) - known)} == {}


@pytest.mark.parametrize(
    "name", sorted({TABLES["website"], TABLES["customer"], *WEBSITE_COLUMNS.values()} - {"domain"})
)
def test_no_query_repeats_a_name_of_the_app(name: str) -> None:
    assert [place for place, query in queries() if f'"{name}"' in query] == []
