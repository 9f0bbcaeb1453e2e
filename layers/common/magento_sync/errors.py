"""Errors, typed by what can be done about them.

    MagentoSyncError
    ├── ShopError                the shop failed: store it in the run and return it; no alarm
    │   ├── ShopUnavailable          transient: the website is due again soon
    │   └── ShopNeedsPerson          a person must correct it: the website waits for its interval
    ├── OrderError               one order failed: quarantine it and continue
    ├── Refusal                  the request cannot be carried out now: return its code to the caller
    ├── FenceLost                another process has acquired the run: roll back and stop quietly
    ├── RowRefused               the database refuses a row: store the rows one at a time
    └── OperatorError            our side failed: raise it out of the handler, for retries, failure queue and alarm
        ├── ConfigurationError       correct the settings, parameters or permissions
        ├── MigrationMissing         run the migration
        ├── CustomerTableUnfit       correct the app's table, which accepts no row
        ├── DatabaseUnavailable      retry later
        │   └── TransactionUndone        nothing was written: retry at once
        └── InvocationRefused        retry later

No message holds a secret or personal data: an order is named by its id, a reason is a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping


class MagentoSyncError(Exception):
    """The base of all errors."""


class ShopError(MagentoSyncError):
    """The shop's failure.

    Attributes:
        code: Stable, `UPPER_SNAKE`; `messages.py` has a sentence for each.
        parameters: The values of that sentence, without secrets and personal data.
        retry_after: The seconds of the shop's `Retry-After`, if it sent any.
        refused_credentials: The fingerprint of credentials that must not be tried again.
    """

    refused_credentials: str | None = None

    def __init__(
        self, code: str, parameters: Mapping[str, str | int] | None = None, *, retry_after: float | None = None
    ) -> None:
        self.code = code
        # Some come from the shop, and all are stored.
        self.parameters = {
            name: storable(value) if isinstance(value, str) else value for name, value in (parameters or {}).items()
        }
        self.retry_after = retry_after
        super().__init__(code)


class ShopUnavailable(ShopError):
    """The failure is transient: the shop is down, in maintenance or busy."""


class ShopNeedsPerson(ShopError):
    """The failure persists until a person corrects credentials, permissions or the address."""


class OrderError(MagentoSyncError):
    """An order cannot be used.

    Attributes:
        code: The reason, for the ledger.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Refusal(MagentoSyncError):
    """The request cannot be carried out now.

    Attributes:
        code: `WEBSITE_NOT_FOUND`, `AUTO_UPLOAD_OFF`, `ALREADY_RUNNING`, …
        run_id: The run that prevents it, if any.
    """

    def __init__(self, code: str, run_id: str | None = None) -> None:
        self.code = code
        self.run_id = run_id
        super().__init__(code)


class FenceLost(MagentoSyncError):
    """The lease is lost: another process acquired the run, it was closed, or its website was deleted."""


class OperatorError(MagentoSyncError):
    """A failure on our side, for the operator or a retry."""


class ConfigurationError(OperatorError):
    """Settings, parameters or permissions must be corrected."""


class MigrationMissing(OperatorError):
    """The database lacks our columns or tables."""

    def __init__(self) -> None:
        super().__init__(
            "The database lacks magento-sync's tables or columns. Run its migration: make migrate DATABASE_URL=…"
        )


class CustomerTableUnfit(OperatorError):
    """The app's table of customers accepts no row, whatever its values."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(
            f"The app's table {table} accepts no row ({reason}). Nothing was stored, and no order was quarantined. "
            "Correct the table; the next run continues here. See docs/operations.md."
        )


class DatabaseUnavailable(OperatorError):
    """The database cannot be reached or fails; a retry may help."""


class TransactionUndone(DatabaseUnavailable):
    """The transaction was rolled back for a transient reason: deadlock, restart, lock timeout."""


class InvocationRefused(OperatorError):
    """AWS refused to start a function."""


class RowRefused(MagentoSyncError):
    """The database refuses a row of several; storing the rows one at a time finds it."""
