"""Why PostgreSQL refuses our statements, by its catalogue: missing rights, unusable types, row level security."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from magento_sync.db.names import COLUMN_TYPES, TABLE_RIGHTS, TABLES, names

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction

UNKNOWN = "Check the rights of its user, and the column types and triggers of the app's tables."
FINDINGS = """
    WITH tables AS (
        SELECT name, c.oid FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS place(schema, name)
        JOIN pg_class AS c ON c.relname = name
        WHERE CASE WHEN schema IS NULL THEN pg_table_is_visible(c.oid)
            ELSE c.relnamespace = to_regnamespace(quote_ident(schema)) END
    )
    SELECT 1 AS priority, format('Its user lacks %%s on "%%s".', needed."right", name) AS finding
    FROM unnest(%(right_tables)s::text[], %(rights)s::text[]) AS needed("table", "right")
    JOIN tables ON name = needed."table"
    WHERE NOT has_table_privilege(oid, needed."right")
    UNION ALL
    SELECT 1, format(
        'The column "%%s"."%%s" has the type %%s, which cannot be used.', name, attname, format_type(atttypid, NULL)
    )
    FROM unnest(%(column_tables)s::text[], %(columns)s::text[], %(categories)s::text[])
        AS expected("table", "column", categories)
    JOIN tables ON name = expected."table"
    JOIN pg_attribute ON attrelid = tables.oid AND attname = expected."column"
    JOIN pg_type ON pg_type.oid = atttypid
    WHERE strpos(categories, typcategory::text) = 0
    UNION ALL
    SELECT 2, format('The row level security of "%%s" needs a policy for its user, or the user BYPASSRLS.', name)
    FROM tables WHERE row_security_active(oid)
"""


def explain(transaction: Transaction) -> str:
    """Returns what is wrong with rights and types, or else which row level security applies, or else what to check."""
    try:
        certain, possible = findings(transaction)
    except psycopg.Error:
        return UNKNOWN
    return " ".join(certain or possible) or UNKNOWN


def findings(transaction: Transaction) -> tuple[list[str], list[str]]:
    """Returns what is wrong with rights and types, and which row level security applies, which may be in order."""
    places = {table: names().place(table, transaction.schema) for table in TABLES}
    rights = [(places[table][1], right) for table, needed in TABLE_RIGHTS.items() for right in needed]
    columns = [
        (places[table][1], names().columns[key], categories)
        for table, types in COLUMN_TYPES.items()
        for categories, keys in types.items()
        for key in keys
    ]
    rows = transaction.all(
        FINDINGS,
        {
            "schemas": [own for own, _ in places.values()],
            "tables": [name for _, name in places.values()],
            "right_tables": [table for table, _ in rights],
            "rights": [right for _, right in rights],
            "column_tables": [table for table, _, _ in columns],
            "columns": [column for _, column, _ in columns],
            "categories": [categories for _, _, categories in columns],
        },
    )
    certain = [row["finding"] for row in rows if row["priority"] == 1]
    return certain, [row["finding"] for row in rows if row["priority"] > 1]
