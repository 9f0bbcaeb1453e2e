"""What keeps the migration from being applied: the app's tables are missing, or columns have other types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.db.names import names

if TYPE_CHECKING:
    from magento_sync.db.connection.transaction import Transaction

# Our columns of the app's table, and the telling ones of our own tables.
WEBSITE_TYPES = {
    "auto_upload_interval": "integer",
    "auto_upload_last_run": "timestamp without time zone",
    "sync_run_id": "text",
    "sync_floor": "integer",
}
RUN_TYPES = {"id": "text", "websiteId": "text", "status": "text", "token": "text"}
LEDGER_TYPES = {"websiteId": "text", "orderId": "bigint", "outcome": "text"}
ACTUAL_TYPES = """
    SELECT %s AS key, attname AS name, format_type(atttypid, NULL) AS type
    FROM pg_attribute WHERE attrelid = {website_oid} AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT %s, attname, format_type(atttypid, NULL)
    FROM pg_attribute WHERE attrelid = {run_oid} AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT %s, attname, format_type(atttypid, NULL)
    FROM pg_attribute WHERE attrelid = {ledger_oid} AND attnum > 0 AND NOT attisdropped
"""


def obstacle(transaction: Transaction) -> str | None:
    """Returns what must be changed in the app's database first; None if nothing must."""
    present = transaction.one("SELECT {website_oid} AS website, {customer_oid} AS customer") or {}
    missing = ", ".join(f'"{names().tables[key]}"' for key, oid in present.items() if oid is None)
    if missing:
        schema = transaction.schema or transaction.value("SELECT current_schema()") or "(none of this name)"
        return (
            f"The app's table(s) {missing} are not in schema \"{schema}\". Run the app's own migrations first, or name "
            "the right schema in the database URL (?schema=…); if the app uses other names, set TABLE_NAMES "
            "(docs/prisma.md)."
        )
    expected = {
        **{("website", names().columns[key]): type_ for key, type_ in WEBSITE_TYPES.items()},
        **{("run", name): type_ for name, type_ in RUN_TYPES.items()},
        **{("ledger", name): type_ for name, type_ in LEDGER_TYPES.items()},
    }
    wrong = "; ".join(
        f'"{names().tables[key]}"."{name}" is {actual} instead of {expected[key, name]}'
        for key, name, actual in map(dict.values, transaction.all(ACTUAL_TYPES, ["website", "run", "ledger"]))
        if actual != expected.get((key, name), actual)
    )
    if wrong:
        return (
            f"A column of this name exists with another type: {wrong}. Rename it, or change its type, then run the "
            "migration again; nothing was changed."
        )
    return None
