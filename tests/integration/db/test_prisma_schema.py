"""The fragment for the app's schema.prisma says of our columns and indexes what the migrations make."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

FRAGMENT = Path(__file__).resolve().parents[3] / "database" / "schema.prisma.fragment"
MODEL = re.compile(r"^model (\w+) \{\n(.*?)\n\}", re.DOTALL | re.MULTILINE)
FIELD = re.compile(r"^  (\w+) +(String|Int|BigInt|DateTime|Json)(\??)(?: +@id)?(?: +@default\((\w+)\))?$", re.MULTILINE)
INDEX = re.compile(r"^  @@index\(\[(.*)\]\)$", re.MULTILINE)
TYPES = {
    "String": "text",
    "Int": "integer",
    "BigInt": "bigint",
    "DateTime": "timestamp without time zone",
    "Json": "jsonb",
}


def test_its_fields_are_our_columns(rows: Connection[dict[str, Any]]) -> None:
    columns = rows.execute("""
        SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
        WHERE table_name LIKE 'MagentoSync%'
            OR column_name IN ('magentoAutoUploadInterval', 'magentoAutoUploadLastRun', 'magentoSyncRunId',
                'magentoSyncFloor')""").fetchall()

    assert {
        (model, name, TYPES[kind], "YES" if optional else "NO", default or None)
        for model, body in MODEL.findall(FRAGMENT.read_text("utf-8"))
        for name, kind, optional, default in FIELD.findall(body)
    } == {tuple(column.values()) for column in columns}


def test_its_indexes_are_those_that_prisma_sees(rows: Connection[dict[str, Any]]) -> None:
    """Prisma ignores an index that has an expression. Some versions drop any other that the schema lacks."""
    seen = rows.execute("""
        SELECT indexrelid::regclass::text AS name FROM pg_index
        WHERE indrelid IN ('"Website"'::regclass, '"Customer"'::regclass, '"MagentoSyncRun"'::regclass,
            '"MagentoSyncOrder"'::regclass) AND NOT indisunique AND indexprs IS NULL""").fetchall()

    assert {
        f'"{"_".join([model, *columns.split(", "), "idx"])}"'
        for model, body in MODEL.findall(FRAGMENT.read_text("utf-8"))
        for columns in INDEX.findall(body)
    } == {row["name"] for row in seen}
