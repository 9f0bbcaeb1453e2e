"""What a migration creates is read from its SQL, so that a new migration is checked without further work."""

from __future__ import annotations

import re

from ops.migrate import MIGRATIONS, made_by

SQL = """
CREATE TABLE IF NOT EXISTS "Made" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMP(3),

    CONSTRAINT "Made_pkey" PRIMARY KEY ("id")
);
ALTER TABLE "Website"
    ADD COLUMN IF NOT EXISTS "one" INTEGER NOT NULL DEFAULT 360,
    ADD COLUMN IF NOT EXISTS "two" TEXT;
CREATE UNIQUE INDEX IF NOT EXISTS "Made_at_idx" ON "Made"("at");
"""


def test_tables_columns_and_indexes_are_found() -> None:
    assert made_by(SQL) == ["Made", "Made.id", "Made.at", "Website.one", "Website.two", "Made_at_idx"]


def test_a_table_in_a_schema_of_its_own_is_named_without_it() -> None:
    text = 'ALTER TABLE "crm"."people"\n    ADD COLUMN IF NOT EXISTS "one" TEXT;'

    assert made_by(text) == ["people.one"]


def test_nothing_of_the_shipped_migrations_is_overlooked() -> None:
    for file in MIGRATIONS.glob("*.sql"):
        text = file.read_text("utf-8")
        made = made_by(text)

        assert len([name for name in made if "." not in name]) == len(
            re.findall(r"^CREATE (?:TABLE|UNIQUE INDEX|INDEX)", text, re.MULTILINE)
        )
        assert text.count("ADD COLUMN") <= len(made)
