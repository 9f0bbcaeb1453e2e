"""Errors, typed by what can be done about them.

    MagentoSyncError
    ├── ShopError                the shop's: recorded in the run and returned, wakes no operator
    │   ├── ShopUnavailable          may pass by itself: the website is due again soon
    │   └── ShopNeedsPerson          only a person can mend it: the website waits for its interval
    ├── OrderError               one order's: it is put aside in the ledger, the others go on
    ├── Refusal                  what was asked cannot be done now: the caller is told
    ├── FenceLost                another took the run up: roll back and stop quietly
    ├── RowRefused               a row is refused: store the rows one at a time
    └── OperatorError            ours: raised out of the handler, so that retries, failure queue and alarm work
        ├── ConfigurationError       settings, parameters or permissions have to be mended
        ├── MigrationMissing         the database lacks our columns or tables
        ├── CustomerTableUnfit       the app's table takes no row of ours
        ├── DatabaseUnavailable      trying again later is the cure
        │   └── TransactionUndone        nothing was written; trying again at once may do
        └── InvocationRefused        trying again later is the cure

No message holds a secret or personal data: an order is named by its id, a reason is a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from magento_sync.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping


class MagentoSyncError(Exception):
    """What all errors of this system share."""


class ShopError(MagentoSyncError):
    """The shop's failure.

    Attributes:
        code: Stable, `UPPER_SNAKE`; `messages.py` has a sentence for each.
        parameters: What that sentence names, without secrets and personal data.
        retry_after: Seconds that the shop asked to be left alone, if it did.
        refused_credentials: Their fingerprint, where they must not be tried again.
    """

    refused_credentials: str | None = None

    def __init__(
        self, code: str, parameters: Mapping[str, str | int] | None = None, *, retry_after: float | None = None
    ) -> None:
        self.code = code
        # Some of them are a shop's own words, and they are stored.
        self.parameters = {
            name: storable(value) if isinstance(value, str) else value for name, value in (parameters or {}).items()
        }
        self.retry_after = retry_after
        super().__init__(code)


class ShopUnavailable(ShopError):
    """May pass by itself: down, in maintenance, too busy."""


class ShopNeedsPerson(ShopError):
    """Stays until somebody mends it: credentials, permissions, addresses."""


class OrderError(MagentoSyncError):
    """One order that cannot be used.

    Attributes:
        code: Why, for the ledger.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Refusal(MagentoSyncError):
    """What was asked cannot be done now.

    Attributes:
        code: `WEBSITE_NOT_FOUND`, `AUTO_UPLOAD_OFF`, `ALREADY_RUNNING`, …
        run_id: The run that is in the way, if one is.
    """

    def __init__(self, code: str, run_id: str | None = None) -> None:
        self.code = code
        self.run_id = run_id
        super().__init__(code)


class FenceLost(MagentoSyncError):
    """The run is no longer ours: taken up again, cancelled, closed, or its website is gone."""


class OperatorError(MagentoSyncError):
    """Ours: a person who runs this system has to look, or a retry helps."""


class ConfigurationError(OperatorError):
    """Settings, parameters or permissions have to be mended."""


class MigrationMissing(OperatorError):
    """The database lacks our columns or tables."""

    def __init__(self) -> None:
        super().__init__(
            "The database lacks magento-sync's tables or columns. Run its migration: make migrate DATABASE_URL=…"
        )


class CustomerTableUnfit(OperatorError):
    """The app's table of customers takes no row of ours, whatever its values."""

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(
            f"The app's table {table} takes no row of ours ({reason}). Nothing was stored, and no order put aside: mend the table, and "
            'the next run goes on here. docs/operations.md says how, under "The app\'s table takes no rows".'
        )


class DatabaseUnavailable(OperatorError):
    """The database could not be reached or did not do what it should; a retry may help."""


class TransactionUndone(DatabaseUnavailable):
    """The transaction was rolled back for a reason that may pass: deadlock, restart, lock held too long."""


class InvocationRefused(OperatorError):
    """AWS would not start a function."""


class RowRefused(MagentoSyncError):
    """The database refuses a row; the one at fault is found by storing rows one at a time."""
